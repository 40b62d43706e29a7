//! A witness of the heap: what a call takes from it.

/// Makes a call of the core, which must leave the heap alone: signature and all, in every script.
#[track_caller]
pub(crate) fn no_heap<T>(call: impl FnOnce() -> T) -> T {
    let mut result = None;
    let taken = allocation_counter::measure(|| result = Some(call()));
    assert_eq!(taken.count_total, 0, "a call of the core took memory");
    result.unwrap()
}

#[test]
#[should_panic(expected = "took memory")]
fn memory_that_is_taken_is_noticed() {
    no_heap(|| drop(core::hint::black_box(Box::new(1))));
}
