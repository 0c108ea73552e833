// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

@Suite struct ChecklistReadingTests {
    @Test func headingsMakePhasesAndSections() throws {
        let checklist = try read(ferryChecklist).checklist
        #expect(checklist.title == "Ferry booking")
        #expect(
            checklist.phases.map(\.title) == [
                "Pre-Deployment", "Testnet Deployment", "Mainnet Deployment", "Post-Deployment",
            ]
        )
        #expect(checklist.phases.map(\.scope) == [[], ["testnet"], ["mainnet"], []])
        #expect(checklist.phases.map(\.isFollowUp) == [false, false, false, true])
        #expect(checklist.phases[1].timing == "before the first ferry")
        #expect(checklist.phases[0].sections.map(\.title) == ["Code"])
        #expect(checklist.phases[2].sections.map(\.title) == [""])
        #expect(checklist.infersScopes)
    }

    @Test func nestedTasksMakeGroups() throws {
        let items = try read(ferryChecklist).checklist.phases[0].sections[0].items
        #expect(items.map(\.id) == ["code/linter-is-quiet-npm-run-lint", "code/timetables-agree"])
        #expect(items[0].offers == [.shell("npm run lint")])
        #expect(items[1].kind == .group)
        #expect(
            items[1].children.map(\.requirement) == [
                .required, .conditional("if it was published"),
            ]
        )
    }

    @Test func numberedListsChainAndOwnTheirFences() throws {
        let phases = try read(ferryChecklist).checklist.phases
        let contracts = phases[1].sections[0].items
        #expect(contracts.map(\.after) == [[], [contracts[0].id], [contracts[1].id]])
        #expect(contracts[0].offers.map(\.text) == ["# Expected: one file\nmake wasm"])
        #expect(contracts[0].expectations == ["one file"])
        #expect(contracts[1].evidence == ["Contract ID"])
        #expect(contracts[2].requirement == .optional)
        let steps = phases[2].sections[0].items
        #expect(steps.map(\.title) == ["Move the Schema", "Restart"])
        #expect(
            steps[0].offers.map(\.text) == ["-- Should be 7\nSELECT max(version) FROM migrations;"]
        )
        #expect(steps[0].expectations == ["Should be 7"])
        #expect(steps.allSatisfy { $0.effect == nil && $0.kind == .manual })
    }

    @Test func aPhaseNamedByNumberIsFoundBelowItsContainer() throws {
        let checklist = try read(
            """
            # Mill
            ## Before
            - [ ] Grain is dry
            ## Deployment Steps
            ### Phase 1: Wheels (Low Risk)
            1. **Grease**
               ```bash
               grease --all
               ```
            ### Phase 2: Water (High Risk)
            - [ ] Open the gate
            """
        ).checklist
        #expect(
            checklist.phases.map(\.title)
                == ["Before", "Phase 1: Wheels (Low Risk)", "Phase 2: Water (High Risk)"]
        )
        #expect(checklist.phases.map(\.risk) == [nil, .low, .high])
    }

    @Test func markdownAndSwiftGiveTheSameHash() throws {
        let document = try read(
            """
            # Mill

            ## Wheels

            ### Grease
            - [ ] Oil is there
            - [ ] Turn <!-- deploykit: kind=command effect=idempotent timeout=5m after=oil-is-there -->
              ```bash
              turn --slowly
              ```

            ## Water <!-- deploykit: environment=production gate="completed(staging,7d)" -->
            - [ ] Open the gate (if it rains)
            """
        )
        let checklist = try Checklist("Mill") {
            Phase("Wheels") {
                Section("Grease") {
                    Item("Oil is there")
                    Item(
                        "Turn",
                        .shell("turn --slowly"),
                        effect: .idempotent,
                        after: ["oil-is-there"],
                        timeout: .minutes(5)
                    )
                }
            }
            Phase(
                "Water",
                environment: "production",
                gate: .completed("staging", within: .days(7))
            ) {
                Item("Open the gate (if it rains)", requirement: .conditional("if it rains"))
            }
        }
        #expect(document.checklist.json == checklist.json)
        #expect(document.checklist.hash == checklist.hash)
    }

    @Test func rollbackSectionsMakeAPlan() throws {
        let document = try read(ferryChecklist)
        let plan = try #require(document.checklist.rollbackPlan)
        #expect(plan.triggers.map(\.title) == ["Booking failure rate >20%", "Ferries leave empty"])
        #expect(plan.triggers.map(\.metric) == ["booking-failure-rate", nil])
        #expect(plan.levels.map(\.number) == [1, 2])
        #expect(plan.levels.map(\.impact) == [.low, .high])
        #expect(plan.levels.map(\.mode) == [.freeze, .restore])
        #expect(plan.levels[0].steps.map(\.command) == [.shell("systemctl stop booking")])
        #expect(plan.levels[0].verification.map(\.title) == ["Verify that phones still ring"])
        #expect(
            plan.levels[1].steps.map(\.requirement) == [.required, .conditional("if it is day")]
        )
        #expect(
            document.findings.map(\.rule)
                == ["unbound-placeholder", "trigger-without-metric", "level-unverified"]
        )
        #expect(document.tasks.count { $0.kind == "rollback" && $0.id == nil } == 2)
    }

    @Test func targetsBelowANameAreTheBandsOfOneMetric() throws {
        let metrics = try read(ferryChecklist).checklist.metrics
        let rate = try #require(metrics.first { $0.id == "booking-success-rate" })
        #expect(rate.bands.target?.description == "> 95%")
        #expect(rate.bands.warning?.description == "< 90%")
        #expect(rate.bands.critical?.description == "< 80%")
        #expect(rate.direction == .higherIsBetter)
    }

    @Test func signOffsGuardWhatTheirHeadingSays() throws {
        let document = try read(ferryChecklist)
        let slots = document.checklist.signOffSlots
        #expect(slots.map(\.id) == ["harbour-master", "ship-owner", "logbook-archived"])
        #expect(slots.map(\.group) == ["Crew", "Approval", "Post-Deployment Review"])
        #expect(slots.map(\.isStatement) == [false, false, true])
        #expect(slots.map(\.gate) == [.completion, .phase("testnet-deployment"), .closure])
        #expect(document.tasks.compactMap(\.slot) == slots.map(\.id))
        let names = document.blanks.filter { $0.target == .signOffName("ship-owner") }
        let source = Array(ferryChecklist.utf8)
        #expect(
            names.map { String(decoding: source[$0.range], as: UTF8.self) }
                == ["******\\_\\_\\_******"]
        )
    }

    @Test func fieldsContractsAndContactsAreNamed() throws {
        let document = try read(ferryChecklist)
        let checklist = document.checklist
        #expect(checklist.fields.map(\.id) == ["release-date", "harbour"])
        #expect(
            checklist.contractSlots.map(\.name)
                == ["TICKET_CONTRACT_ID", "CONTRACT_ID_TESTNET", "CONTRACT_ID_MAINNET"]
        )
        #expect(checklist.contractSlots[1].network == "stellar:testnet")
        #expect(checklist.contacts == [Contact(title: "Harbour")])
        #expect(checklist.references.map(\.title) == ["Look at the queue"])
        #expect(checklist.windows.map(\.cadence) == [.hours(1)])
    }

    @Test func aSignOffTableHasASlotForEachRow() throws {
        let document = try read(
            """
            # T
            ## Sign-off
            | Role | Name | Signature | Date |
            | --- | --- | --- | --- |
            | Captain | ______ | ______ | ____ |
            | Engineer | | | |
            """
        )
        #expect(document.checklist.signOffSlots.map(\.label) == ["Captain", "Engineer"])
        #expect(document.blanks.count == 6)
        #expect(document.signOffLines.map(\.line) == [5, 6])
    }

    @Test func variablesComeFromSettingsAndTasks() throws {
        let document = try read(
            """
            # T
            ## Setup
            - [ ] Set `MILL_MODE=fast`
            - [ ] Make a 32-character minimum secret for `GATE_SECRET`
            - [ ] Fill in
              ```bash
              MILL_HOST=<host>
              MILL_PORT=80
              FLOUR_CONTRACT_ID=0x...
              ```
            """
        )
        #expect(
            document.checklist.variables == [
                Variable(name: "MILL_MODE", defaultValue: "fast"),
                Variable(name: "GATE_SECRET", minimumLength: 32, isSecret: true),
                Variable(name: "MILL_HOST"), Variable(name: "MILL_PORT", defaultValue: "80"),
            ]
        )
        #expect(document.checklist.contractSlots.map(\.name) == ["FLOUR_CONTRACT_ID"])
        #expect(document.checklist.items.allSatisfy { $0.offers.isEmpty })
    }

    @Test func tasksOfProceduresAreNoItems() throws {
        let document = try read(
            """
            # T
            ## Run
            - [ ] Go
            ## Maintenance Windows
            **Weekly**
            - [ ] Look at disks
            """
        )
        #expect(document.tasks.map(\.id) == ["run/go", nil])
        #expect(document.tasks.map(\.kind) == ["manual", "procedure"])
    }

    @Test func whatIsNotUnderstoodIsListedAsProse() throws {
        let document = try read("# T\n\nSome words.\n\n## A\n- [ ] x\n\nMore words.\n")
        #expect(document.proseBlocks.map(\.line) == [3, 8])
    }

    @Test func aSecretInACommandIsFound() throws {
        let document = try read(
            "## A\n- [ ] x\n  ```bash\n  migrate postgres://me:hunter2@db up\n  ```\n"
        )
        #expect(document.findings.map(\.rule) == ["secret-in-command"])
        #expect(document.findings.map(\.line) == [4])
        #expect(document.findings.allSatisfy { !$0.message.contains("hunter2") })
    }
}

extension ChecklistReadingTests {
    @Test func boxedLinesOfAFenceAreStepsAndAParagraphVerifies() throws {
        let plan = try read(
            """
            # T
            ## Rollback
            ### Level 1: Stop
            ```
            [ ] Close the gate
            [Step 2] Tell the miller
            ```
            **Verification:** the wheel stands
            """
        ).checklist.rollbackPlan
        #expect(
            plan?.levels.map { $0.steps.map(\.title) } == [["Close the gate", "Tell the miller"]]
        )
        #expect(plan?.levels.map { $0.verification.map(\.title) } == [["the wheel stands"]])
    }

    @Test func aContactTableNamesWhomToCall() throws {
        let contacts = try read(
            "# T\n## Contacts\n| For | Who |\n| --- | --- |\n| Wheel | Ann |\n| Gate | ____ |\n"
        ).checklist.contacts
        #expect(contacts == [Contact(title: "Wheel", value: "Ann"), Contact(title: "Gate")])
    }

    @Test func numbersAloneAreNoItemsWhereNothingIsATask() throws {
        let document = try read("# T\n## Deploy the mill\n1. Think\n2. Act\n")
        #expect(document.checklist.items.isEmpty && document.tasks.isEmpty)
    }
}
