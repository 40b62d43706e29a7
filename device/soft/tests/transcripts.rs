//! Every recorded exchange with the published firmware, against this device, in virtual time.

#[path = "support/recorded.rs"]
mod recorded;
#[expect(dead_code, reason = "each test file uses its share of the support")]
mod support;

use recorded::{
    Count, EVERYTHING, Marks, Recorder, is_true, marks_in, replay, ron_of, transcripts,
};
use serde_json::Value;
use support::{Bench, profile};
use tezio_core::hsm::KeyAlias;
use tezio_soft_hsm::AliasMarks;

impl Recorder for Bench {
    fn write(&mut self, bytes: &[u8], pause_ms: u32) {
        self.write(bytes, pause_ms);
    }

    fn replies(&mut self, _: &[u8]) -> Vec<Vec<u8>> {
        self.replies()
    }
}

#[test]
fn every_transcript_is_answered_as_recorded() {
    let mut count = Count::default();
    let mut bench: Option<(Bench, Value)> = None;
    for transcript in &transcripts() {
        let config = &transcript["device_config"];
        let (mut device, started_with) = match bench.take() {
            Some(running) if is_true(transcript, "continues_previous_step") => running,
            _ => (Bench::from_ron(&ron_of(config)), config.clone()),
        };
        if is_true(transcript, "power_cycled_before") {
            device = Bench::from_ron(&ron_of(&started_with));
        }
        for compiled_in in ["tezos_ops_enabled", "hsm_ops_disabled"] {
            assert_eq!(config[compiled_in], started_with[compiled_in]);
        }
        let fault = profile(&ron_of(config)).chip_fault;
        device.device.operations_mut().set_chip_fault(fault);
        assert_eq!(marks_of(&device), marks_in(&config["watermarks_before"]));
        replay(transcript, &mut device, &mut count);
        let after = marks_in(&transcript["watermarks_after"]);
        assert_eq!(marks_of(&device), after, "{}", transcript["name"]);
        bench = Some((device, started_with));
    }
    assert_eq!(count, EVERYTHING);
}

fn marks_of(bench: &Bench) -> Marks {
    KeyAlias::ALL.map(|alias| {
        let AliasMarks {
            block,
            preattestation,
            attestation,
        } = bench.device.operations().marks().of(alias);
        [block, preattestation, attestation]
            .map(|mark| [u64::from(mark.level), u64::from(mark.round)])
    })
}
