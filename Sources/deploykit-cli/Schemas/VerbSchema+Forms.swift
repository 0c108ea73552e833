// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension VerbSchema {
    // `any` is what has a form of its own elsewhere: parts of a checklist, bodies of entries,
    // measurements, statements.
    static let sharedTexts: [(name: String, text: String)] = [
        ("error", "{error: {code: string, message: string, exit: integer}}"),
        (
            "deployment",
            """
            {id: string, service: string, environment: string, tier: string, version: string,
             kind: string, status: string, startedAt: string, startedBy: actor, endedAt?: string,
             level?: string, original?: string}
            """
        ),
        ("actor", "{id: string, assurance: string}"),
        ("head", "{origin: string, size: integer, rootHash: string}"),
        ("network", "{kind: string, network: string, text: string}"),
        (
            "reason",
            """
            {reason: string, sentence: string, items?: [string], slot?: string, counted?: integer,
             required?: integer, eligible?: [string], unsigned?: integer or [string],
             by?: string or [string], environment?: string, withinMilliseconds?: integer,
             level?: string, metrics?: any, recommendation?: string, until?: string, at?: string,
             obstacle?: any, closest?: any, window?: string, open?: any, missed?: any,
             failed?: any}
            """
        ),
        ("verdict", "{verdict: string, reasons: [reason]}"),
        (
            "next",
            """
            {step: string, items?: [string], attempt?: integer, runner?: any, gate?: string,
             reasons?: [reason], proposal?: any}
            """
        ),
        (
            "item",
            """
            {id: string, number: string, title: string, section?: string, depth: integer,
             kind: string, effect?: string, requirement: any, state: string, attempt?: integer,
             cause?: any, actor?: actor, startedAt?: string, settledAt?: string, note?: string,
             after?: [string]}
            """
        ),
        (
            "changed",
            "{deployment: deployment, hasChanged: boolean, item?: item, items?: [item], next: next}"
        ),
        (
            "finding",
            """
            {rule: string, severity: string, message: string, line?: integer, pointer?: string}
            """
        ),
        (
            "option",
            """
            {name: string, value?: string, summary: string, isRepeated: boolean,
             isRequired: boolean}
            """
        ),
        ("person", "any"), ("decision", "any"), ("measurement", "any"),
        ("line", "{left?: string, relation: string, right?: string, variable: string}"),
        (
            "registered",
            """
            {environment: string, hasChanged: boolean, snapshot: string, changes: [line]}
            """
        ),
    ]

    static let verbTexts: [(name: String, text: String)] =
        deployments + further + records + logs

    private static let deployments: [(name: String, text: String)] =
        [
            "done", "fail", "skip", "waive", "resolve", "reopen", "set", "note", "withdraw",
            "abort",
        ].map { ($0, "changed") } + [
            ("start", "{deployment: deployment, checklist: string, next: next}"),
            ("list", "{deployments: [deployment], next?: integer}"),
            (
                "status",
                """
                {deployment: deployment, cause?: any,
                 checklist: {title: string, hash: string, edition?: string, path?: string},
                 artifacts: [any],
                 phases: [{id: string, number: integer, title: string, gate: verdict,
                           items: [item]}],
                 ends: [{id: string, gate: verdict}],
                 signOffs: [{slot: string, label: string, gate: string, requirement: any,
                             required: integer, isSkipped: boolean,
                             signatures: [{decision: string, person: string, assurance: string,
                                           isSigned: boolean, authority: string,
                                           round: integer, standing?: any}],
                             standing?: any}],
                 contracts: [{slot: string, id?: string, network?: string, item?: string}],
                 fields: [{id: string, title: string, value?: string, at?: string}],
                 next: next, rollbackProposals?: [any], rollbacks?: [any], windows?: [any],
                 breakGlass?: any, issues?: [any], amendments?: [any], smoke?: [any],
                 drift?: any, due?: [any], unknownEvents?: [string]}
                """
            ),
            (
                "inbox",
                """
                {actor: actor,
                 deployments: [{deployment: deployment, items: [string], automatic: [string],
                                failed: [string], inDoubt: [string],
                                signatures: [{slot: string, gate: string, counted: integer,
                                              required: integer, eligible: [string],
                                              needsKey: boolean, lackingKeys: [string],
                                              obstacle?: string}],
                                rollbackProposals?: [any], due?: [any]}]}
                """
            ),
            (
                "run",
                """
                {deployment: deployment, next?: next, wasInterrupted: boolean,
                 attempts: [{item: string, number: string, attempt?: integer, state: string,
                             cause?: any, milliseconds: integer, isRetried?: boolean}],
                 smoke?: any, isRepeated?: boolean, rollbackProposals?: [any]}
                 or {deployment: deployment, wouldStart: any, next: next} or {wouldStart: any}
                """
            ),
            (
                "gate",
                """
                {deployment: deployment, gate: string, verdict: string, reasons: [reason]}
                 or changed
                """
            ),
            (
                "sign",
                """
                changed or {path: string, sha256: string, command: string, statement: any}
                """
            ),
            (
                "export",
                "{deployment: deployment, path?: string, markdown?: string, junit?: string}"
            ),
            ("report", "{deployments: [deployment], path?: string, html?: string}"),
            ("init", "{path: string, project: any}"),
            ("directory apply", "{hasChanged: boolean, changes: [any]}"),
            (
                "directory show",
                "{people: [person], approvers: [any], isEnrolled: boolean}"
            ),
        ]

    private static let further: [(name: String, text: String)] = [
        ("amend", "changed"),
        ("freeze", "{environment: string, freeze: any, hasChanged: boolean}"),
        ("unfreeze", "{environment: string, lifted: string, hasChanged: boolean}"),
        (
            "due",
            """
            {due: [{deployment?: deployment, kind: string, standing: string, at: string,
                    missedAt?: string, title: string, observation?: string,
                    isRequired?: boolean, slot?: string, by?: string, gate?: string,
                    credential?: string}]}
            """
        ),
        (
            "rollback",
            """
            {deployment: deployment, rollbackProposals?: [any], next: next}
             or {deployment: deployment, hasChanged: boolean}
             or {deployment: deployment, level: string, steps: [any]}
             or {deployment: deployment, next: next, wasInterrupted: boolean, attempts: [any],
                 rollbackProposals?: [any]}
            """
        ),
        (
            "rehearse",
            """
            {deployment: deployment, next: next, wasInterrupted: boolean, attempts: [any],
             rollbackProposals?: [any]}
            """
        ),
        ("unlock", "{environment?: string, hasChanged: boolean, lock?: any}"),
        ("hook trust", "{project: string, digest: string, hooks: [any]}"),
        ("hook list", "{project: string, digest: string, isTrusted: boolean, hooks: [any]}"),
        ("audit duties", "{deployments: [{deployment: deployment, duties: [any]}]}"),
    ]

    private static let records: [(name: String, text: String)] = [
        (
            "metric record",
            """
            {deployment: deployment, hasChanged: boolean, count: integer,
             measurements: [{metric: string, measurement: measurement, raw?: any}],
             remarks?: [any]}
            """
        ),
        (
            "metric evaluate",
            """
            {deployment: deployment, decision: decision, isRecorded: boolean,
             rollbackProposals?: [any]}
            """
        ),
        (
            "metric watch",
            """
            {wasOpen: boolean} or {deployment: deployment, ending: string, decision?: decision,
             rollbackProposals?: [any]}
            """
        ),
        (
            "metric replay",
            """
            {deployment: deployment,
             decisions: [{actor: actor, recordedAt: string, revision: integer,
                          isIdentical: boolean, recorded: decision, replayed?: decision}]}
            """
        ),
        (
            "metric rules",
            """
            {rules: string, count: integer, losses: [any]}
             or {metrics: [any], losses: [any], findings: [any]}
            """
        ),
        (
            "contract record",
            "{deployment: deployment, hasChanged: boolean, next: next, item?: item} or registered"
        ),
        (
            "contract list",
            """
            {environment: string, deployment?: deployment, snapshot?: string,
             contracts: [{slot: string, id?: string, network?: string, item?: string}],
             records: [any]} or {environment: string, snapshots: [any]} or {text: string}
            """
        ),
        (
            "contract env",
            """
            {environment: string, deployment?: deployment, snapshot: string, text: string,
             secrets?: [string], variables: [{name: string, value: string}]}
             or {environment: string, files: [any]}
            """
        ),
        (
            "contract check",
            """
            {environment: string, snapshot: string,
             files: [{path: string, dialect: string, findings: [finding]}]}
            """
        ),
        (
            "contract diff",
            "{left: string, right: string, isEqual: boolean, lines: [line]}"
        ),
        (
            "contract import",
            """
            {environment: string, contracts?: [{id: network, variable: string}],
             wouldChange?: boolean} or registered
            """
        ),
        ("contract restore", "registered"), ("contract revoke", "registered"),
        ("contract reset", "registered"),
        ("contract derive", "{ids: [{id: string, network: string}]}"),
        (
            "contract lint",
            "{files: [{path: string, count: integer, findings: [finding]}]}"
        ),
        (
            "env doctor",
            """
            {path: string, findings: [any],
             variables: [{name: string, line: integer, isAgreed: boolean,
                          readers: [{reader: string, sees: string}]}]}
            """
        ),
    ]

    private static let logs: [(name: String, text: String)] = [
        (
            "audit log",
            """
            {entries: [{position: integer, at: string, kind: string, stream: string,
                        revision: integer, body: any}], next?: integer}
            """
        ),
        (
            "audit verify",
            """
            {verdict: string, words?: string, head?: any, faults: [any], anchors?: [any],
             faultCount?: integer, deployments?: [any], omitted?: integer, signatures?: integer}
            """
        ),
        (
            "audit export",
            """
            {path: string, head: head, deployments: integer, signOffs: integer,
             unsigned: integer, erased: integer, returned: [string]}
            """
        ),
        ("audit checkpoint", "{checkpoint: string, head: head, isSigned: boolean}"),
        (
            "audit recover",
            """
            {origin?: string, position?: integer, closed?: any, checkpoint?: string,
             lost: {first: integer, count: integer}, givenUp: [any]}
            """
        ),
        (
            "audit erase",
            """
            {head: head,
             erasures: [{attachment: string, bytes: integer, hasChanged: boolean,
                         legalBasis: string, position: integer}]}
            """
        ),
        ("store save", "{file: string, head: head}"),
        ("store restore", "{store: string, head: head}"),
        (
            "store copy",
            "{from: string, to: string, head: head, held: integer, copied: integer}"
        ),
        ("store grant", "{store: string, role: string, right: string}"),
        ("key init", "{key: string, path: string, isNew: boolean}"),
        (
            "help",
            """
            {version: string, options: [option],
             verbs: [{name: string, summary: string, usage: string, details: [string],
                      options: [option], examples: [string],
                      exits: [{code: integer, meaning: string}]}]}
             or {pages: [string], text: string} or {pages: [string], path: string}
            """
        ),
        (
            "completion",
            """
            {shell: string, script: string}
             or {isFile: boolean, candidates: [{word: string, about: string}]}
            """
        ),
    ]
}
