// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

/// Items that are no list items, and tasks of sign-off sections that are no signatures.
@Suite struct ItemRowTests {
    @Test func rowsWithBoxesAreItems() throws {
        let document = try read(
            """
            # Lighthouse
            ## Checks
            | Step | Action | Expected result | Pass/Fail |
            |---|---|---|---|
            | 1 | Light the lamp | It turns | [ ] |
            | 2 | Sound the horn (if there is fog) | A deep note | ☐ |
            """
        )
        let items = document.checklist.items
        #expect(items.map(\.title) == ["Light the lamp", "Sound the horn (if there is fog)"])
        #expect(items.map(\.expectations) == [["It turns"], ["A deep note"]])
        #expect(items.map(\.requirement) == [.required, .conditional("if there is fog")])
        #expect(document.stepLines.map(\.line) == [5, 6])
        #expect(document.tasks.isEmpty)
    }

    @Test func aRowWithSeveralBoxesIsAGroup() throws {
        let items = try read(
            """
            # Lighthouse
            ## Ships
            | Ship | Sees it | Hears it |
            |---|---|---|
            | Ferry | [ ] | [x] |
            """
        ).checklist.items
        #expect(items.map(\.title) == ["Ferry", "Sees it", "Hears it"])
        #expect(items.map(\.kind) == [.group, .manual, .manual])
    }

    @Test func rowsThatSomebodyVerifiesAndRowsOfTasksAreItems() throws {
        let items = try read(
            """
            # Lighthouse
            ## Readiness
            | Part | Status | Verified by | Date |
            |---|---|---|---|
            | Lamp | ✅ Ready | Keeper | 1 May |
            ## Work
            | ID | Task | Evidence | Status |
            |---|---|---|---|
            | L-1 | Paint the door | a photograph | open |
            | L-2 | Oil the hinge | | in_progress |
            """
        ).checklist.items
        #expect(items.map(\.title) == ["Lamp", "Paint the door", "Oil the hinge"])
        #expect(items.map(\.owner) == ["Keeper", nil, nil])
        #expect(items.map(\.evidence) == [[], ["a photograph"], []])
    }

    @Test(arguments: [
        "| Part | Status |\n|---|---|\n| Lamp | ✅ Ready |",
        "| Metric | Target | Status | Owner |\n|---|---|---|---|\n| Light | > 5 | ok | Keeper |",
        "| Part | Colour |\n|---|---|\n| Lamp | white |",
    ])
    func tablesThatOnlyTellAreNoItems(table: String) throws {
        let document = try read("# Lighthouse\n- [ ] Look\n## Parts\n\(table)\n")
        #expect(document.checklist.items.map(\.title) == ["Look"])
    }

    @Test func aDecisionIsAnItemAndItsBoxesNoPartOfIt() throws {
        let text = """
            # Lighthouse
            - [ ] Look
            ## Go/No-Go
            **Decision:** [ ] GO / [ ] NO-GO

            **Keeper:** ______ Date: ______
            """
        let document = try read(text)
        #expect(document.checklist.items.map(\.title) == ["Look", "Decision: GO / NO-GO"])
        #expect(document.signOffLines.map(\.line) == [6])
        let decided = try read(text.replacing("[ ] NO", with: "[x] NO"))
        #expect(decided.checklist.hash == document.checklist.hash)
    }

    @Test func statementsAmongSignaturesAreDoneNotSigned() throws {
        let document = try read(
            """
            # Lighthouse
            ## Sign-off
            - [ ] Lamp tested
            - [ ] Horn checked
            - [ ] Every ship told
            ## Approvals
            - [ ] Keeper
            - [ ] **Harbour lead**: approves
            - [ ] Lamp tested: ______ Date: ______
            """
        )
        #expect(document.signOffLines.map(\.line) == [7, 8, 9])
        #expect(
            document.checklist.items.map(\.title) == [
                "Lamp tested", "Horn checked", "Every ship told",
            ]
        )
        #expect(document.tasks.prefix(3).allSatisfy { $0.kind == "manual" && $0.slot == nil })
    }

    @Test(arguments: [
        ("Preflight (T-30min)", "T-30min"), ("Follow-up T+24 hours", "T+24 hours"),
        ("Launch (T-0)", "T-0"),
    ])
    func aPhaseBeginsWhenItsHeadingSaysSo(heading: String, offset: String) throws {
        let phase = try read("# Lighthouse\n## \(heading)\n- [ ] Look\n## BOT-201\n- [ ] Rest\n")
            .checklist.phases
        #expect(phase.map(\.timing) == [offset, nil])
    }
}
