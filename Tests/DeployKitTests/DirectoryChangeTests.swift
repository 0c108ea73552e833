// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

@Suite struct DirectoryChangeTests {
    private let lena = TestKey("lena")
    private let now = FixedClock().now()

    private func people(_ others: Directory.Person...) throws -> Directory {
        Directory(
            people: [
                .init(
                    id: "lena@example.com",
                    aliases: ["lena"],
                    roles: ["QA"],
                    keys: [try lena.ssh]
                ), .init(id: "tom@example.com"),
            ] + others
        )
    }

    private func enrolled() async throws -> Deployments {
        let deployments = Deployments(store: InMemoryAuditStore(), clock: FixedClock())
        try await deployments.apply(people(), by: .person("tom@example.com"))
        return deployments
    }

    private func code(
        _ deployments: Deployments,
        _ next: Directory,
        _ approval: SignedStatement? = nil
    ) async throws -> Refusal.Code? {
        do throws(DeploymentError) {
            try await deployments.apply(
                next,
                by: .person("tom@example.com"),
                approval: approval,
                verifiers: TestVerifier.both
            )
            return nil
        } catch {
            return try #require(error.refusal, "\(error)").code
        }
    }

    private func approval(
        _ deployments: Deployments,
        _ next: Directory,
        by signer: ActorID = "lena",
        with key: TestKey? = nil
    ) async throws -> SignedStatement {
        let change = try await deployments.change(to: next)
        let statement = try await deployments.statement(
            for: change,
            by: Actor(id: signer, assurance: .sshKey)
        )
        return try statement.signed(
            (key ?? lena).signature(over: statement.message, for: DirectoryStatement.namespace)
        )
    }

    @Test func withoutKeysAnybodyChangesThePeople() async throws {
        let deployments = Deployments(store: InMemoryAuditStore(), clock: FixedClock())
        #expect(
            try await code(deployments, Directory(people: [.init(id: "a", roles: ["QA"])])) == nil
        )
        #expect(
            try await code(deployments, Directory(people: [.init(id: "b", roles: ["QA"])])) == nil
        )
    }

    /// Whatever lets somebody sign, or sign twice, who could not before.
    @Test func afterTheFirstEnrolmentMoreRightsNeedAnApprover() async throws {
        let lenaKey = try self.lena.ssh
        let tomKey = try TestKey("tom").ssh
        func lena(
            _ aliases: [ActorID] = ["lena"],
            _ roles: [Role] = ["QA"],
            _ keys: [PersonKey]? = nil
        ) -> Directory.Person {
            .init(id: "lena@example.com", aliases: aliases, roles: roles, keys: keys ?? [lenaKey])
        }
        let tom = Directory.Person(id: "tom@example.com")
        let cases: [(String, [Directory.Person])] = [
            ("a person", [lena(), tom, .init(id: "mal@example.com")]),
            ("a role", [lena(), .init(id: "tom@example.com", roles: ["QA"])]),
            ("an alias", [lena(["lena", "tom"]), tom]),
            ("an alias less", [lena([]), tom]),
            ("a key", [lena(), .init(id: "tom@example.com", keys: [tomKey])]),
            ("a second key", [lena(["lena"], ["QA"], [lenaKey, tomKey]), tom]),
            ("nobody at all", []),
            ("no approver", [lena([], []), tom]),
            ("no key", [lena(["lena"], ["QA"], []), tom]),
        ]
        for (name, people) in cases {
            let deployments = try await enrolled()
            let next = Directory(people: people)
            #expect(try await code(deployments, next) == .approvalMissing, "\(name)")
            let approval = try await approval(deployments, next)
            #expect(try await code(deployments, next, approval) == nil, "\(name)")
            #expect(try await deployments.directory() == next)
        }
    }

    @Test func takingAwayNeedsNoSignature() async throws {
        let deployments = try await enrolled()
        let olga = Directory.Person(
            id: "olga@example.com",
            roles: ["QA", "Ops"],
            keys: [try TestKey("olga").ssh]
        )
        let both = try people(olga)
        #expect(try await code(deployments, both, approval(deployments, both)) == nil)
        let less = try people(.init(id: "olga@example.com", roles: ["QA"], keys: olga.keys))
        #expect(try await code(deployments, less) == nil, "a role less")
        let revoked = try people(
            .init(id: "olga@example.com", roles: ["QA"], keys: [TestKey("olga").ssh(revoked: now)])
        )
        #expect(try await code(deployments, revoked) == nil, "a revoked key")
        #expect(try await code(deployments, less) == .approvalMissing, "no revocation is undone")
        #expect(try await code(deployments, people()) == nil, "a person less")
    }

    @Test func onlyAnApproverApprovesAndOnlyThisChange() async throws {
        let deployments = try await enrolled()
        let next = try people(.init(id: "mal@example.com", roles: ["QA"]))
        let other = try people(.init(id: "mal@example.com", roles: ["QA", "Ops"]))
        let mallory = try await approval(deployments, next, by: "lena", with: TestKey("mallory"))
        #expect(try await code(deployments, next, mallory) == .signatureRefused)
        let tom = try await approval(deployments, next, by: "tom@example.com")
        #expect(try await code(deployments, next, tom) == .notEligible)
        let good = try await approval(deployments, next)
        #expect(try await code(deployments, other, good) == .conflict)
        #expect(try await code(enrolled(), next, good) == .conflict, "another log")
        #expect(try await code(deployments, next, good) == nil)
        #expect(try await code(deployments, people()) == nil)
        #expect(try await code(deployments, next, good) == .conflict, "a second time")
    }

    /// A key signs for the purpose that it was asked for.
    @Test func aSignOffIsNoApprovalOfPeople() async throws {
        let deployments = try await enrolled()
        let next = try people(.init(id: "mal@example.com"))
        let change = try await deployments.change(to: next)
        let statement = try await deployments.statement(
            for: change,
            by: Actor(id: "lena", assurance: .sshKey)
        )
        let signature = try lena.signature(over: statement.message)
        #expect(try await code(deployments, next, statement.signed(signature)) == .signatureRefused)
    }

    @Test func namesThatLookAlikeAreRefusedTogether() throws {
        let key = try lena.ssh
        let cases: [(String, [Directory.Person])] = [
            ("NFC and NFD", [.init(id: "l\u{E9}na"), .init(id: "le\u{301}na")]),
            ("an alias of another", [.init(id: "lena"), .init(id: "tom", aliases: ["lena"])]),
            ("upper case", [.init(id: "lena"), .init(id: "LENA")]),
            ("direction", [.init(id: "tom\u{202E}moc")]),
            ("an escape", [.init(id: "tom\u{1B}[2J")]),
            ("a line", [.init(id: "tom\nlena")]),
            ("a blank", [.init(id: " ")]),
            ("a role with an escape", [.init(id: "tom", roles: ["Q\u{1B}A"])]),
            (
                "one key for two",
                [
                    .init(id: "a@b.c", keys: [key]), .init(id: "d@e.f", keys: [key]),
                ]
            ),
            ("a pattern", [.init(id: "*@example.com", keys: [key])]),
            ("two principals", [.init(id: "a@b.c,d@e.f", keys: [key])]),
            ("a name with a key that is no address", [.init(id: "lena", keys: [key])]),
        ]
        for (name, people) in cases {
            #expect(!Directory(people: people).faults.isEmpty, "\(name)")
            #expect(throws: JSONError.self, "\(name)") {
                try Project(json: Project(people: people).json)
            }
        }
        #expect(try people().faults == [])
    }

    @Test func aDirectoryReadsBackAsItWasWritten() throws {
        let person = Directory.Person(
            id: "lena@example.com",
            keys: [
                try lena.ssh(
                    from: Timestamp(milliseconds: 1000),
                    until: Timestamp(milliseconds: 5000),
                    revoked: Timestamp(milliseconds: 2001)
                ), PersonKey(.ed25519(Array(0..<32))),
            ]
        )
        #expect(try Directory.Person(json: person.json) == person)
        let odd = JSONValue.members([
            "ssh": try lena.publicKey.description.json,
            "validUntil": "2026-01-01T00:00:00.001Z".json,
        ])
        #expect(throws: JSONError.self) { try PersonKey(json: odd) }
    }
}
