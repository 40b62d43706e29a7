//! How long each verifier takes for one signature, its key being ready. One that is wrong is not timed.

use core::hint::black_box;
use core::time::Duration;

use criterion::Criterion;
use verifiers::Implementation;

fn main() -> Result<(), String> {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .without_plots()
        .configure_from_args();
    for implementation in verifiers::all() {
        time(&mut criterion, &implementation)?;
    }
    criterion.final_summary();
    Ok(())
}

fn time(criterion: &mut Criterion, implementation: &Implementation) -> Result<(), String> {
    let Implementation { name, curve, .. } = implementation;
    let sample = implementation.sample().ok_or("no such key")?;
    let check = implementation
        .prove(&sample)
        .map_err(|wrong| format!("{curve:?}: {name} {wrong}"))?;
    criterion.bench_function(&format!("{curve:?}: {name}"), |bencher| {
        bencher.iter(|| check(black_box(&sample)));
    });
    Ok(())
}
