# What is done often, under short names. `just check` is the whole gate.

# All that must hold before a commit.
check:
    .ci/run

# Bring every workspace into its one form.
fmt:
    cargo fmt --all
    cargo fmt --all --manifest-path core/checks/no-alloc/Cargo.toml
    cargo fmt --all --manifest-path crypto/checks/verifiers/Cargo.toml
    cargo fmt --all --manifest-path fuzz/Cargo.toml
    cargo fmt --all --manifest-path device/firmware/image/Cargo.toml

# The tests alone.
test *args:
    cargo test --workspace --locked {{args}}

# A signer with a Tezio HSM in software, ready to be asked.
demo:
    cargo run --release --locked -- demo

# Many histories of the whole signer in virtual time.
histories count='1000000':
    cargo run --release --locked -p tezio-simulation -- --histories {{count}}

# One fuzz target from the seeds, until it is stopped: docs/fuzzing.md.
fuzz target *args:
    fuzz/seeds
    cargo fuzz run --sanitizer none {{target}} -- -dict=fuzz/tezio.dict {{args}}

# The firmware image in QEMU: built, replayed against, attacked, signed through.
firmware:
    device/firmware/check

# All figures of docs/performance.md anew: two minutes on a machine that does nothing else.
performance:
    app/benches/performance
