// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

/// When signatures are given, by what a page says around them.
@Suite struct SignOffMomentTests {
    private func gates(_ page: String) throws -> [GateID] {
        try read(page).checklist.signOffSlots.map(\.gate)
    }

    @Test func aPageMayAskForSignaturesAtSeveralMoments() throws {
        let gates = try gates(
            """
            # Ferry
            ## Preparation
            - [ ] Look at the tide
            ## Deploy the boat
            - [ ] Cast off
            ## Sign-Off
            ### Before Deployment
            - [ ] Mate: ____ Date: ____
            ### Crew
            - [ ] Captain: ____ Date: ____
            - [ ] Go/No-Go by the harbour: ____ Date: ____
            ### Approval
            - [ ] Owner: ____ Date: ____
            ### Post-Deployment Review
            - [ ] Log archived: ____ Date: ____
            """
        )
        let deploy = GateID.phase("deploy-the-boat")
        #expect(gates == [deploy, .completion, deploy, deploy, .closure])
    }

    /// A decision below the checks that it rests on never blocks these.
    @Test func anApprovalOpensWhatFollowsIt() throws {
        let checks = "# Ferry\n## Hull\n- [ ] Tight\n## Engine\n- [ ] Runs\n"
        let decision = "## Go/No-Go\n- [ ] Captain: ____ Date: ____\n"
        #expect(try gates(checks + decision) == [.completion])
        #expect(
            try gates(checks + decision + "## Crossing\n- [ ] Cast off\n") == [.phase("crossing")]
        )
        #expect(
            try gates(
                "# Pre-departure checklist\n## Hull\n- [ ] Tight\n## Sign-Off\n- [ ] QA: ___ Date: ___\n"
            )
                == [.completion]
        )
    }

    @Test func aLineMaySayItsMomentItself() throws {
        let page = "# Ferry\n## Sail\n- [ ] Cast off\n## Sign-Off\n- [ ] Mate: ___ Date: ___ "
        #expect(try gates(page + "<!-- deploykit: moment=review -->\n") == [.closure])
        #expect(try gates(page + "<!-- deploykit: gate=sail id=mate-1 -->\n") == [.phase("sail")])
    }

    @Test(arguments: [
        ("**If ANY check fails**: STOP. Do not sail.", true),
        ("If any question remains, ask.", false),
        ("The horn fails: stop.", false),
    ])
    func aLineThatStopsAtAFailureIsTheDefault(_ line: String, _ isUnderstood: Bool) throws {
        let prose = try read("# Ferry\n- [ ] Look\n\n\(line)\n").proseBlocks
        #expect(prose.isEmpty == isUnderstood)
    }
}
