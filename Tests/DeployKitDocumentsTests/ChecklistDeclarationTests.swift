// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

@Suite struct ChecklistDeclarationTests {
    private func item(_ text: String) throws -> Item {
        try #require(read("# T\n## P\n" + text).checklist.items.first)
    }

    @Test func frontMatterNamesServiceAndEdition() throws {
        let checklist = try read(
            "---\ndeploykit: 1\nservice: ferry\nedition: \"2\"\n---\n# T\n- [ ] x\n"
        ).checklist
        #expect(checklist.service == "ferry")
        #expect(checklist.edition == "2")
    }

    @Test func aCaptureNamesItsContract() throws {
        let document = try read(
            """
            # T
            ## P
            - [ ] Deploy
              <!-- deploykit: capture=TICKET_ID network=stellar:testnet effect=irreversible -->
              ```bash
              ./deploy
              ```
            """
        )
        #expect(
            document.checklist.items.map(\.kind)
                == [.capture("TICKET_ID", from: .shell("./deploy"), on: .stellarTestnet)]
        )
        #expect(document.checklist.contractSlots.map(\.name) == ["TICKET_ID"])
        #expect(document.tasks.map(\.isDeclared) == [true])
        #expect(document.tasks.map(\.kind) == ["capture"])
    }

    @Test func aProbeTakesItsStatusAndContent() throws {
        let item = try item(
            """
            - [ ] Health <!-- deploykit: kind=probe -->
              ```
              GET http://localhost:80/health
              ```
              Expected: 204, contains "fine"
            """
        )
        #expect(
            item.kind
                == .probe(
                    .http(
                        HTTPRequest(
                            "GET",
                            "http://localhost:80/health",
                            statuses: [204],
                            content: "fine"
                        )
                    )
                )
        )
    }

    @Test func aServiceIsReadyWhenItsProbePasses() throws {
        let item = try item(
            """
            - [ ] Start, ready at `tcp localhost:80` <!-- deploykit: kind=service effect=idempotent -->
              ```bash
              ./serve
              ```
            """
        )
        #expect(item.kind == .service(.shell("./serve"), ready: .tcp(host: "localhost", port: 80)))
    }

    @Test func everyOtherKeyReachesItsItem() throws {
        let item = try item(
            """
            - [ ] x
              <!-- deploykit: id=here kind=command effect=none secrets=A,B inherit=C cwd=d suite=smoke
              waivable=false cleanup=true when="tier=production" environment=staging evidence="a log" -->
              ```sh
              true
              ```
            """
        )
        #expect(item.id == "here")
        #expect(item.secrets == ["A", "B"])
        #expect(item.inherits == ["C"])
        #expect(item.directory == "d")
        #expect(item.suite == "smoke")
        #expect(!item.isWaivable && item.isCleanup)
        #expect(item.when == Condition("tier=production"))
        #expect(item.scope == ["staging"])
        #expect(item.evidence == ["a log"])
    }

    @Test(arguments: [
        ("- [ ] x <!-- deploykit: colour=red -->", "'colour' is no key"),
        ("- [ ] x <!-- deploykit: effect=loud -->", "'loud' is no value of 'effect'"),
        ("- [ ] x <!-- deploykit: kind -->", "without a value"),
        ("- [ ] x <!-- deploykit: kind=\"a -->", "no closing quotation mark"),
        ("- [ ] `make it` <!-- deploykit: kind=command -->", "effect="),
        ("- [ ] x <!-- deploykit: kind=command effect=none -->", "shows its command"),
        ("- [ ] x <!-- deploykit: after=nobody -->", "fits 0 items"),
        ("- [ ] x <!-- deploykit: timeout=5 -->", "'5' is no value of 'timeout'"),
        ("text\n\n<!-- deploykit: id=a -->", "right after a heading"),
    ])
    func aFaultIsRefusedWithItsLine(_ text: String, _ words: String) {
        let error = #expect(throws: DocumentError.self) { try read("# T\n## P\n" + text) }
        #expect(error?.code == .declaration)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.line == (text.hasPrefix("text") ? 5 : 3))
    }

    @Test func allFaultsAreReported() {
        let error = #expect(throws: DocumentError.self) {
            try read(
                """
                # T
                - [ ] x <!-- deploykit: colour=red -->
                - [ ] y <!-- deploykit: effect=loud -->
                """
            )
        }
        #expect(error?.faults.map(\.line) == [2, 3])
    }

    @Test func generatedCommentsDeclareNothing() throws {
        let plain = try read("# T\n- [ ] x\n").checklist
        #expect(try read("# T\n- [ ] x <!-- deploykit:waived by=me -->\n").checklist == plain)
    }
}
