//! The sections, page by page.

use super::{EXAMPLES, Section};

const fn examples(page: &'static str, entries: &'static [(&'static str, &'static str)]) -> Section {
    section(page, EXAMPLES, entries)
}

const fn section(
    page: &'static str,
    heading: &'static str,
    entries: &'static [(&'static str, &'static str)],
) -> Section {
    Section {
        page,
        heading,
        entries,
    }
}

pub(super) static SECTIONS: &[Section] = &[
    examples(
        "tezio-signer",
        &[
            (
                "tezio-signer demo",
                "See it sign: a software HSM and the signer in one process.",
            ),
            (
                "tezio-signer init --output baker.ron",
                "Write a configuration for the board that is plugged in.",
            ),
            (
                "tezio-signer watermarks init --config baker.ron",
                "Once, after high_water_marks has been set in it: make the marks.",
            ),
            (
                "tezio-signer run --config baker.ron",
                "Sign, until SIGTERM or Ctrl-C.",
            ),
        ],
    ),
    section(
        "tezio-signer",
        "ENVIRONMENT",
        &[
            (
                "TEZIO_LOG",
                "How much is logged: error, warn, info (the default) or debug, also per module as in \
                 info,tezio_signer::driver=debug.",
            ),
            (
                "TEZIO_LOG_FORMAT",
                "text or json. Without it, JSON under systemd, which sets JOURNAL_STREAM, and text \
                 elsewhere.",
            ),
        ],
    ),
    section(
        "tezio-signer",
        "EXIT STATUS",
        &[
            ("0", "It was done, or the signer was asked to end and has."),
            (
                "1",
                "It could not be done; standard error says why, and what to do.",
            ),
            ("2", "The command line was not understood."),
        ],
    ),
    section(
        "tezio-signer",
        "FILES",
        &[
            (
                "config.ron",
                "The configuration that commands take if --config names no other.",
            ),
            (
                "/etc/tezio-signer/config.ron",
                "The configuration of the service, readable by root and the group tezio-signer.",
            ),
            (
                "/var/lib/tezio-signer",
                "The state directory of the service: the marks of what has been signed. Never delete \
                 it, and never put an old copy of it back, while its keys have a stake.",
            ),
        ],
    ),
    examples(
        "tezio-signer-run",
        &[(
            "tezio-signer run --config /etc/tezio-signer/config.ron",
            "As the service does.",
        )],
    ),
    section(
        "tezio-signer-run",
        "SIGNALS",
        &[
            (
                "SIGTERM, SIGINT",
                "End: accept nothing more, finish what is in flight for up to two seconds longer than a \
                 request may take, and store its marks. A second one does not wait for requests.",
            ),
            (
                "SIGHUP",
                "Read certificates and the policy of the configuration again. What is wrong with them \
                 is logged, and leaves the old ones in force.",
            ),
        ],
    ),
    section(
        "tezio-signer-run",
        "ENVIRONMENT",
        &[
            (
                "NOTIFY_SOCKET",
                "Set by a service manager, which is told there of readiness and of the end.",
            ),
            (
                "WATCHDOG_USEC",
                "Set by a service manager that wants to hear from the signer as often as this.",
            ),
        ],
    ),
    section(
        "tezio-signer-run",
        "FILES",
        &[
            (
                "STATE/marks.journal",
                "The marks, below the directory that state names in the configuration. Written and \
                 synced before a signature leaves.",
            ),
            (
                "STATE/daemon.pid",
                "The number of the running process, locked while it runs.",
            ),
        ],
    ),
    examples(
        "tezio-signer-status",
        &[
            (
                "tezio-signer status --config /etc/tezio-signer/config.ron",
                "Warnings first, then HSMs, keys, marks, requests and latency. Run it as the signer's \
                 user or as root.",
            ),
            ("tezio-signer status --watch", "The same, each second."),
            (
                "tezio-signer status --json",
                "For programs; the exit code says whether every key can be signed with.",
            ),
        ],
    ),
    examples(
        "tezio-signer-reload",
        &[(
            "tezio-signer reload --config /etc/tezio-signer/config.ron",
            "After a change of the policy, and says what came of it. Run it as the signer's user or as \
             root.",
        )],
    ),
    examples(
        "tezio-signer-demo",
        &[
            (
                "tezio-signer demo",
                "On 127.0.0.1:6732, with a curl line to try.",
            ),
            ("tezio-signer demo --port 0", "On any port that is free."),
        ],
    ),
    examples(
        "tezio-signer-simulate",
        &[
            (
                "tezio-signer simulate --link /tmp/board",
                "A board at /tmp/board, for hsm: Serial(port: \"/tmp/board\") in a configuration.",
            ),
            (
                "tezio-signer simulate --profile profile.ron --instant",
                "One with keys and faults of your own, without a board's slowness.",
            ),
        ],
    ),
    examples(
        "tezio-signer-check",
        &[(
            "tezio-signer check --config baker.ron",
            "Every fault is shown with its line and column.",
        )],
    ),
    examples(
        "tezio-signer-explain",
        &[
            (
                "tezio-signer explain --config baker.ron @message.hex",
                "What the message in this file is, and which keys would sign it.",
            ),
            (
                "tezio-signer explain --config baker.ron 17-42",
                "Why the request of this id was refused, and what to do about it.",
            ),
            (
                "tezio-signer explain --json -",
                "The same of standard input, for a program.",
            ),
        ],
    ),
    examples(
        "tezio-signer-import-config",
        &[(
            "tezio-signer import-config config.yaml --output baker.ron",
            "Marks for mainnet; --chain names another.",
        )],
    ),
    examples(
        "tezio-signer-hsm",
        &[("tezio-signer hsm list", "What is plugged in.")],
    ),
    examples(
        "tezio-signer-audit-verify",
        &[
            (
                "tezio-signer audit verify --config baker.ron",
                "See that nobody has changed the log, and note the hash it ends with.",
            ),
            (
                "tezio-signer audit verify --head \
                 9d1451bf0f87efb30aa0e5b991174e427f047c515e281c5aed58d5e27d280b99",
                "The same, and that what stood there when that hash was noted stands there still.",
            ),
        ],
    ),
    examples(
        "tezio-signer-audit-show",
        &[
            (
                "tezio-signer audit show --refused --since 12h",
                "What was refused tonight.",
            ),
            (
                "tezio-signer audit show --json --last 1000",
                "The last thousand entries, for jq.",
            ),
        ],
    ),
    examples(
        "tezio-signer-hsm-list",
        &[
            (
                "tezio-signer hsm list",
                "Every serial port, and which are HSMs.",
            ),
            (
                "tezio-signer hsm list --no-open",
                "While a signer uses a board, without asking whether it is free.",
            ),
        ],
    ),
    examples(
        "tezio-signer-init",
        &[
            (
                "tezio-signer init --output baker.ron",
                "For the one board that is plugged in.",
            ),
            (
                "tezio-signer init --usb 5D01A6BC50304A48502E3120FF09161B",
                "For the board with this serial number.",
            ),
            (
                "tezio-signer init --service",
                "For the service, as root, after the package has been installed.",
            ),
        ],
    ),
    examples(
        "tezio-signer-doctor",
        &[
            (
                "tezio-signer doctor --config baker.ron",
                "All that this configuration names.",
            ),
            (
                "tezio-signer doctor --port /dev/ttyACM0",
                "One board, without a configuration.",
            ),
        ],
    ),
    examples(
        "tezio-signer-watermarks",
        &[
            (
                "tezio-signer watermarks init --config baker.ron",
                "First use, with keys that have signed nothing above high_water_marks.",
            ),
            (
                "tezio-signer watermarks list --config baker.ron",
                "What has been signed.",
            ),
        ],
    ),
    examples(
        "tezio-signer-watermarks-init",
        &[(
            "tezio-signer watermarks init --config baker.ron",
            "As the user that the signer will run as.",
        )],
    ),
    examples(
        "tezio-signer-watermarks-import",
        &[
            (
                "tezio-signer watermarks import --config baker.ron marks.json",
                "What watermarks export wrote.",
            ),
            (
                "tezio-signer watermarks import --config baker.ron --from octez-signer /home/baker/.tezos-signer",
                "What octez-signer has signed, once it is stopped for good.",
            ),
        ],
    ),
    examples(
        "tezio-signer-watermarks-list",
        &[(
            "tezio-signer watermarks list --config baker.ron --json",
            "For a program.",
        )],
    ),
    examples(
        "tezio-signer-watermarks-verify",
        &[(
            "tezio-signer watermarks verify --config baker.ron --against marks.json",
            "Is the journal sound, and not behind this export?",
        )],
    ),
    examples(
        "tezio-signer-watermarks-export",
        &[(
            "tezio-signer watermarks export --config baker.ron --output marks.json --overwrite",
            "A copy of the marks as they are now.",
        )],
    ),
    examples(
        "tezio-signer-watermarks-raise",
        &[(
            "tezio-signer watermarks raise --config baker.ron --chain NetXdQprcVkpaWU --level 9000000",
            "Nothing of level 9000000 round 0 or below is signed on mainnet any more.",
        )],
    ),
    examples(
        "tezio-signer-watermarks-lower",
        &[(
            "tezio-signer watermarks lower --config baker.ron --chain NetXdQprcVkpaWU \
             --key tz3MyarJihHrejsze59J2Seita7jYWDCJDPe --kind block --level 9000000",
            "Only if you are certain that this key has signed no block above: signing two at one level \
             and round costs a part of the stake.",
        )],
    ),
    examples(
        "tezio-signer-watermarks-mend",
        &[(
            "tezio-signer watermarks mend --config baker.ron --level 9000000",
            "With the level of the chain's head now, or above.",
        )],
    ),
    examples(
        "tezio-signer-handover",
        &[(
            "tezio-signer handover prepare --config baker.ron --stop-at 9000000 --output handover.json",
            "The first of the steps above.",
        )],
    ),
    examples(
        "tezio-signer-handover-prepare",
        &[(
            "tezio-signer handover prepare --config baker.ron --stop-at 9000000 --output handover.json",
            "Here, with the signer stopped; start it again afterwards.",
        )],
    ),
    examples(
        "tezio-signer-handover-accept",
        &[(
            "tezio-signer handover accept --config baker.ron handover.json",
            "There, before its signer is started.",
        )],
    ),
    examples(
        "tezio-signer-handover-cancel",
        &[(
            "tezio-signer handover cancel --config baker.ron",
            "Shows what is handed over, and asks for the level to be typed.",
        )],
    ),
];
