// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@testable import DeployKitDocuments

/// A level that is one fence, and a step that starts a service.
@Suite struct RollbackFenceTests {
    private static let page = """
        # Orders

        ## Phase 1: Deploy

        - [ ] Switch traffic <!-- deploykit: id=switch kind=command effect=reversible -->

          ```bash
          ./switch on
          ```

        ## Rollback plan

        ### Level 1: Stop
        <!-- deploykit: id=stop kind=command effect=idempotent compensates=switch timeout=5s -->

        ```bash
        # Point everybody at the old one
        ./switch off
        ./tell --room ops
        # Verify
        ./switch status
        ```

        ### Level 2: Old release
        <!-- deploykit: id=old -->

        1. Start the old one `GET http://127.0.0.1:9/healthz` <!-- deploykit: kind=service effect=idempotent secrets=OLD_KEY -->

           ```bash
           ./serve --release old
           ```

        2. Watch it `tcp 127.0.0.1:9` <!-- deploykit: kind=service -->

           ```bash
           ./watch
           ```

        """

    private func plan(_ page: String = page) throws -> RollbackPlan {
        let read = try ChecklistDocument(markdown: Array(page.utf8)).checklist
        return try #require(read.rollbackPlan)
    }

    private func faults(_ old: String, _ new: String) -> [String] {
        #expect(Self.page.contains(old))
        do {
            _ = try ChecklistDocument(markdown: Array(Self.page.replacing(old, with: new).utf8))
            return []
        } catch {
            return error.faults.map(\.message)
        }
    }

    @Test func aLevelThatIsOneFenceRunsAsItsHeadingDeclares() throws {
        let level = try #require(try plan().level("stop"))
        #expect(
            level.steps == [
                RollbackStep(
                    title: "Point everybody at the old one",
                    command: .shell("./switch off\n./tell --room ops"),
                    effect: .idempotent,
                    compensates: "switch",
                    timeout: .seconds(5)
                )
            ]
        )
        // What verifies is looked at by a person, who is shown the command.
        #expect(level.verification.map(\.kind) == [.manual])
        #expect(level.verification.map(\.command) == [.shell("./switch status")])
    }

    @Test func aStepMayStartAService() throws {
        let steps = try #require(try plan().level("old")).steps
        let ready = Probe.get("http://127.0.0.1:9/healthz")
        #expect(
            steps.map(\.kind) == [
                .service(.shell("./serve --release old"), ready: ready),
                .service(.shell("./watch"), ready: .tcp(host: "127.0.0.1", port: 9)),
            ]
        )
        #expect(steps.map(\.effect) == [.idempotent, nil])
        #expect(steps.map(\.secrets) == [["OLD_KEY"], []])
        #expect(try steps.map { try RollbackStep(json: $0.json) } == steps)
        // Without a word on its effect it is in doubt when it is lost.
        let read = try ChecklistDocument(markdown: Array(Self.page.utf8)).checklist
        let tasks = try #require(read.rollbackTasks(of: "old"))
        #expect(tasks.map(\.entry.item.allowsBlindRetry) == [true, false, false])
    }

    @Test func thePageThatDeclaresEverythingSaysTheSame() throws {
        let read = try ChecklistDocument(markdown: Array(Self.page.utf8)).checklist
        let declared = try ChecklistPage(of: read)
        #expect(try ChecklistDocument(markdown: declared.bytes).checklist == read)
    }

    @Test func withoutADeclarationAPersonIsShownTheFence() throws {
        let page = Self.page.replacing(
            " kind=command effect=idempotent compensates=switch timeout=5s",
            with: ""
        )
        let steps = try #require(try plan(page).level("stop")).steps
        #expect(steps.map(\.kind) == [.manual])
    }

    @Test(arguments: [
        ("kind=command effect=idempotent compensates=switch", "kind=command", "effect="),
        ("kind=command effect", "kind=probe effect", "'kind' has no effect"),
        ("compensates=switch timeout", "compensates=swich timeout", "'swich'"),
        ("timeout=5s", "timeout=soon", "'soon'"),
        ("timeout=5s", "verification=true", "'verification' has no effect"),
        (
            "# Point everybody at the old one\n./switch off",
            "# 1. Switch\n./switch off\n# 2. Tell", "the one command"
        ),
        ("### Level 2", "1. And tell support\n\n### Level 2", "the one command"),
        ("### Level 2", "```bash\n./more\n```\n\n### Level 2", "the one command"),
        ("`GET http://127.0.0.1:9/healthz` ", "", "says it is ready"),
        ("effect=idempotent secrets", "effect=often secrets", "'often'"),
    ])
    func whatCannotBeMeantIsRefused(_ old: String, _ new: String, _ expected: String) {
        let found = faults(old, new)
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }
}
