// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

/// What is a step of going back, and what only stands beside it.
@Suite struct RollbackReadingTests {
    private func lines(_ text: String) throws -> (steps: [Int], checks: [Int], triggers: [Int]) {
        let lines = try read(text).rollbackLines
        return (
            lines.flatMap(\.steps), lines.flatMap(\.verification), lines.flatMap(\.triggers)
        )
    }

    @Test(arguments: [
        "Decision authority", "Who can call it", "Prevention", "Estrategias de prevención",
        "Best practices", "Preconditions", "Prerrequisitos", "Lessons learned", "Timeline",
        "Message template", "Emergency contacts", "Do not roll back for", "Scope", "RTO/RPO",
    ])
    func whatStandsBesideARollbackIsNoStep(heading: String) throws {
        let found = try lines(
            """
            # Kiln
            ## Rollback
            ### Steps
            1. Close the damper
            ### \(heading)
            1. The master potter
            2. The fire brigade
            - One more
            """
        )
        #expect(found.steps == [4] && found.triggers == [])
    }

    @Test func attributesAndDescriptionsAreNoSteps() throws {
        let found = try lines(
            """
            # Kiln
            ## Rollback of the glaze
            - **Scope**: one shelf
            - **Duration**: an hour
            - **Approval**: the master
            ## Rollback of the fire
            ```bash
            kilnctl cool
            ```
            The command:
            1. Reads the last curve
            2. Calls the burner
            3. Saves what it did
            ## Rollback of the clay
            - Wet it
            - Knead it
            """
        )
        #expect(found.steps == [7, 15, 16])
    }

    @Test func aHeadingThatOnlyLooksIsNoStepUnlessItIsNumbered() throws {
        let found = try lines(
            """
            # Kiln rollback
            ## 4.1 Check the temperature
            ```bash
            kilnctl show
            ```
            ## 4. Check the door
            ```bash
            kilnctl door
            ```
            ## Rollback the curve
            ```bash
            kilnctl curve --previous
            ```
            """
        )
        #expect(found.steps == [7, 11])
    }

    @Test func inADocumentAboutGoingBackTheNeighboursAreNoSteps() throws {
        let text = """
            # Kiln rollback
            ## Method 1: the damper
            1. Close it
            ## Communication
            1. Tell the village
            ## Snapshots
            ```bash
            kilnctl snapshot
            ```
            """
        #expect(try lines(text).steps == [3])
        let plan = text.replacing("# Kiln rollback", with: "# Kiln\n## Rollback plan")
            .replacing("## C", with: "### C").replacing("## M", with: "### M")
        #expect(try lines(plan).steps.contains(6))
    }

    @Test func stopConditionsAreTriggersAndTasksUnderAnImmediateRollbackSteps() throws {
        let found = try lines(
            """
            # Kiln
            ## Rollback
            ### Stop conditions
            1. The shelf cracks
            ### Failure indicators - rollback immediately
            - Smoke
            ### Immediate rollback
            - [ ] Close the damper: `kilnctl close`
            ### Cracks (immediate rollback)
            - A dull sound
            """
        )
        #expect(found.triggers == [4, 6, 10])
        #expect(found.steps == [8])
    }

    @Test func whatShowsThatItWorkedIsToldApart() throws {
        let text = """
            # Kiln
            ## Rollback
            ### Level 1: Cool
            ```bash
            kilnctl cool
            # Verify the glow is gone
            kilnctl glow
            ```
            ### Verification afterwards
            - [ ] The door opens
            #### Later (< 2 hours)
            - [ ] The bowls ring
            """
        let found = try lines(text)
        #expect(found.steps == [4, 10])
        #expect(found.checks == [6, 12])
        let plan = try #require(try read(text).checklist.rollbackPlan)
        #expect(plan.levels.map(\.steps.count) == [1] && plan.levels[0].verification.count == 1)
        #expect(plan.verification.map(\.title) == ["The door opens", "The bowls ring"])
    }

    @Test func aRollbackInsideDisasterRecoveryIsOne() throws {
        let found = try lines(
            """
            # Kiln
            - [ ] Load it
            ## Disaster Recovery
            ### Rollback to the old kiln
            1. [ ] Carry the bowls over
            """
        )
        #expect(found.steps == [5])
    }

    @Test func thePartOfAProcedureThatGoesBackIsALevel() throws {
        let document = try read(
            """
            # Kiln
            - [ ] Load it
            ## Disaster Recovery
            ### The roof falls in
            1. **Find out**
               - [ ] Look up
            2. **Recovery steps**
               - [ ] Move to the old kiln
               - [ ] Light it
            """
        )
        let levels = try #require(document.checklist.rollbackPlan).levels
        #expect(levels.map(\.title) == ["The roof falls in: Recovery steps"])
        #expect(document.rollbackLines.map(\.steps) == [[8, 9]])
        #expect(
            document.tasks.map(\.kind) == ["manual", "procedure", "rollback", "rollback"]
        )
    }
}
