// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension LintCase {
    static func checklist(
        _ items: [Item],
        slots: [SignOffSlot] = [],
        plan: RollbackPlan? = nil,
        metrics: [SuccessMetric] = []
    ) -> Checklist {
        let items = items.enumerated().map { index, item in
            Item(
                id: item.id.text.isEmpty ? ItemID("quay/\(index + 1)") : item.id,
                title: item.title,
                kind: item.kind,
                effect: item.effect,
                scope: item.scope
            )
        }
        return Checklist(
            title: "Ferry",
            phases: [
                Phase(id: "plan", title: "Plan", sections: []),
                Phase(
                    id: "quay",
                    title: "Quay",
                    sections: [Section(id: "quay", title: "", items: items)]
                ),
            ],
            signOffSlots: slots,
            rollbackPlan: plan,
            metrics: metrics
        )
    }

    /// A first phase that changes the world, and a second one that does it again or only looks.
    private static func twoPhases(_ second: Item) -> Checklist {
        func phase(_ id: String, _ item: Item) -> Phase {
            let item = Item(
                id: ItemID("\(id)/1"),
                title: item.title,
                kind: item.kind,
                effect: item.effect
            )
            return Phase(
                id: PhaseID(id),
                title: id,
                sections: [Section(id: SectionID(id), title: "", items: [item])]
            )
        }
        return Checklist(
            title: "Ferry",
            phases: [phase("pond", sail), phase("sea", second)],
            signOffSlots: [slot("Owner", count: 1, group: "Approval", gate: .phase("sea"))]
        )
    }

    static func slot(
        _ label: String,
        count: Int,
        group: String? = "Crew",
        people: [ActorID] = [],
        requirement: Requirement = .required,
        gate: GateID
    ) -> SignOffSlot {
        SignOffSlot(
            id: SignOffSlotID(Naming.slug(label)),
            label: label,
            group: group,
            requirement: requirement,
            rule: SignOffRule(
                count: count,
                roles: people.isEmpty ? [Role(label)] : [],
                people: people
            ),
            gate: gate
        )
    }

    private static func metric(
        _ direction: Direction = .lowerIsBetter,
        unit: Unit = .seconds,
        target: Bound? = nil,
        warning: Bound? = nil,
        critical: Bound? = nil,
        clear: Bound? = nil
    ) -> Checklist {
        checklist(
            [Item("Go")],
            metrics: [
                SuccessMetric(
                    id: "delay",
                    title: "Delay",
                    unit: unit,
                    direction: direction,
                    bands: Bands(target: target, warning: warning, critical: critical, clear: clear)
                )
            ]
        )
    }

    private static func above(_ value: Int, _ unit: Unit = .seconds) -> Bound {
        .compare(.greater, Quantity(ExactDecimal(value), unit))
    }

    private static func below(_ value: Int, _ unit: Unit = .seconds) -> Bound {
        .compare(.less, Quantity(ExactDecimal(value), unit))
    }

    private static func level(_ steps: [String], verification: [String] = []) -> Checklist {
        checklist(
            [Item("Go")],
            plan: RollbackPlan(levels: [
                RollbackLevel(
                    id: "back",
                    title: "Back",
                    steps: steps.map { RollbackStep(title: $0) },
                    verification: verification.map { RollbackStep(title: $0) }
                )
            ])
        )
    }

    /// Levels whose only step is their title.
    private static func levels(_ titles: [String]) -> Checklist {
        checklist(
            [Item("Go")],
            plan: RollbackPlan(
                levels: titles.map { title in
                    RollbackLevel(
                        id: RollbackLevelID(Naming.slug(title)),
                        title: title,
                        steps: [RollbackStep(title: title)]
                    )
                }
            )
        )
    }

    private static func trigger(metric: MetricID? = nil, suite: String? = nil) -> Checklist {
        checklist(
            [Item("Go")],
            plan: RollbackPlan(
                levels: [],
                triggers: [
                    RollbackTrigger(id: "fog", title: "Fog", metric: metric, suite: suite)
                ]
            )
        )
    }

    private static let sail = Item("Sail", .shell("sail"), effect: .irreversible)
    private static let approval = Item("Harbour master approves")
    private static let trial = Item(
        "Sail round the pond",
        .shell("sail"),
        effect: .irreversible,
        environment: "staging"
    )
    private static let capture = Item(
        "Launch",
        .capture("BUOY_ID", from: .shell("launch")),
        effect: .reversible
    )
    private static let use = Item("Paint", .shell("paint \"$BUOY_ID\""), effect: .reversible)

    static let all: [LintCase] = commands + gates + places + people + bands

    private static let commands = [
        LintCase(
            rule: .unboundPlaceholder,
            subject: .item("quay/1"),
            broken: checklist([Item("Call", .shell("call <quay>"), effect: .idempotent)]),
            sound: checklist([Item("Call", .shell("call <quay.txt >log"), effect: .idempotent)])
        ),
        LintCase(
            rule: .secretInCommand,
            subject: .item("quay/1"),
            broken: checklist([Item("Call", .shell("call --token 4711-0815"), effect: .idempotent)]
            ),
            sound: checklist([Item("Call", .shell("call --token \"$TOKEN\""), effect: .idempotent)])
        ),
        LintCase(
            rule: .outputReadBeforeWritten,
            subject: .item("quay/1"),
            broken: checklist([use, capture]),
            sound: checklist([capture, use])
        ),
        LintCase(
            rule: .outputReadBeforeWritten,
            subject: .item("quay/1"),
            broken: checklist([
                Item(
                    "Launch",
                    .capture("BUOY_ID", from: .shell("launch $BUOY_ID")),
                    effect: .reversible
                )
            ]),
            sound: checklist([
                Item("Paint", .shell("paint $BUOY_ID"), effect: .reversible, environment: "fjord"),
                Item(
                    "Launch",
                    .capture("BUOY_ID", from: .shell("launch")),
                    effect: .reversible,
                    environment: "lake"
                ),
            ])
        ),
    ]

    private static let gates = [
        LintCase(
            rule: .irreversibleUngated,
            subject: .item("quay/1"),
            broken: checklist([sail], slots: [slot("Mate", count: 1, gate: .completion)]),
            sound: checklist([sail], slots: [slot("Mate", count: 1, gate: .phase("quay"))])
        ),
        LintCase(
            rule: .irreversibleUngated,
            subject: .item("quay/1"),
            broken: checklist(
                [sail],
                slots: [slot("Mate", count: 1, requirement: .optional, gate: .phase("quay"))]
            ),
            sound: checklist([sail], slots: [slot("Mate", count: 1, gate: .phase("plan"))])
        ),
        LintCase(
            rule: .irreversibleUngated,
            subject: .item("quay/2"),
            broken: checklist([trial, sail]),
            sound: checklist([trial])
        ),
        LintCase(
            rule: .approvalAfterEffect,
            subject: .item("quay/2"),
            broken: checklist([sail, approval]),
            sound: checklist([sail, approval, sail])
        ),
        LintCase(
            rule: .approvalAfterEffect,
            subject: .slot("owner"),
            broken: checklist(
                [sail],
                slots: [slot("Owner", count: 1, group: "Approval", gate: .completion)]
            ),
            sound: checklist(
                [sail],
                slots: [slot("Owner", count: 1, group: "Approval", gate: .phase("quay"))]
            )
        ),
    ]

    private static let places = [
        LintCase(
            rule: .approvalAfterEffect,
            subject: .slot("owner"),
            broken: twoPhases(Item("Look back")),
            sound: twoPhases(sail)
        )
    ]

    private static let people = [
        LintCase(
            rule: .unsatisfiableSignOff,
            subject: .slot("mate"),
            broken: checklist(
                [Item("Go")],
                slots: [slot("Mate", count: 2, people: ["ida"], gate: .completion)]
            ),
            sound: checklist(
                [Item("Go")],
                slots: [slot("Mate", count: 2, people: ["ida", "ole"], gate: .completion)]
            )
        ),
        LintCase(
            rule: .unsatisfiableSignOff,
            subject: .slot("pilot"),
            broken: checklist(
                [Item("Go")],
                slots: [
                    slot("Mate", count: 1, people: ["ida"], gate: .completion),
                    slot("Pilot", count: 1, people: ["ida"], gate: .completion),
                ]
            ),
            sound: checklist(
                [Item("Go")],
                slots: [
                    slot("Mate", count: 1, people: ["ida"], gate: .completion),
                    slot("Pilot", count: 1, group: "Shore", people: ["ida"], gate: .completion),
                ]
            )
        ),
        LintCase(
            rule: .unsatisfiableSignOff,
            subject: .slot("mate"),
            broken: checklist([Item("Go")], slots: [slot("Mate", count: 1, gate: .phase("moon"))]),
            sound: checklist([Item("Go")], slots: [slot("Mate", count: 1, gate: .phase("quay"))])
        ),
        LintCase(
            rule: .levelUnverified,
            subject: .level("back"),
            broken: level(["Row back"]),
            sound: level(["Row back", "Then confirm that all are there"])
        ),
        LintCase(
            rule: .levelUnverified,
            subject: .level(RollbackLevelID(Naming.slug("1. Fetch it"))),
            broken: levels(["1. Fetch it", "Check the boat"]),
            sound: levels(["1. Fetch it", "2. Row back", "3. Check the boat"])
        ),
        LintCase(
            rule: .levelUnverified,
            subject: .level("tell-all"),
            broken: levels(["Tell all"]),
            sound: levels(["Communication"])
        ),
        LintCase(
            rule: .triggerWithoutMetric,
            subject: .trigger("fog"),
            broken: trigger(),
            sound: trigger(suite: "smoke")
        ),
    ]

    private static let bands = [
        LintCase(
            rule: .bandsDimension,
            subject: .metric("delay"),
            broken: metric(warning: above(5, .percent)),
            sound: metric(warning: above(5, .minutes))
        ),
        LintCase(
            rule: .bandsDirection,
            subject: .metric("delay"),
            broken: metric(warning: below(5)),
            sound: metric(.higherIsBetter, warning: below(5))
        ),
        LintCase(
            rule: .bandsOverlap,
            subject: .metric("delay"),
            broken: metric(target: below(10), warning: above(5)),
            sound: metric(target: below(5), warning: above(10))
        ),
        LintCase(
            rule: .bandsCriticalOutsideWarning,
            subject: .metric("delay"),
            broken: metric(warning: above(20), critical: above(10)),
            sound: metric(warning: above(10), critical: above(10))
        ),
        LintCase(
            rule: .bandsClear,
            subject: .metric("delay"),
            broken: metric(warning: above(10), clear: below(20)),
            sound: metric(warning: above(10), clear: below(5))
        ),
        LintCase(
            rule: .unreachableBand,
            subject: .metric("delay"),
            broken: metric(warning: above(20), critical: above(10)),
            sound: metric(warning: above(10), critical: above(20))
        ),
        LintCase(
            rule: .unreachableBand,
            subject: .metric("delay"),
            broken: metric(.higherIsBetter, unit: .percent, target: above(100, .percent)),
            sound: metric(.higherIsBetter, unit: .percent, target: above(99, .percent))
        ),
        LintCase(
            rule: .percentOfOne,
            subject: .metric("delay"),
            broken: metric(.higherIsBetter, unit: .percent, target: above(1, .percent)),
            sound: metric(.higherIsBetter, unit: .percent, target: above(2, .percent))
        ),
    ]
}
