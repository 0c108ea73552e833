// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// The members of a definition are told in canonical order, whichever of them are there.
@Suite struct ChecklistTextTests {
    private static func item(_ random: inout SplitMix64, depth: Int) -> Item {
        func some<Value>(_ value: Value, else other: Value) -> Value {
            Bool.random(using: &random) ? value : other
        }
        let children = depth > 0 ? (0..<2).map { _ in item(&random, depth: depth - 1) } : []
        return Item(
            id: ItemID("quay/item-\(random.next() % 1000)"),
            title: some("Say \"go\"\n", else: ""),
            kind: some(.manual, else: .command(.command("true"))),
            effect: some(.idempotent, else: nil),
            requirement: some(.conditional("if it is day"), else: .required),
            scope: some(["testnet", "mainnet"], else: []),
            when: some(Condition("tier=production"), else: nil),
            after: some(["quay/a", "quay/b"], else: []),
            isWaivable: some(false, else: true),
            timeout: some(.seconds(5), else: nil),
            offers: some([.shell("make")], else: []),
            expectations: some(["one file"], else: []),
            evidence: some(["the log"], else: []),
            secrets: some(["TOKEN"], else: []),
            inherits: some(["HOME"], else: []),
            directory: some("quay", else: nil),
            suite: some("smoke", else: nil),
            isCleanup: some(true, else: false),
            owner: some("@lena", else: nil),
            children: some(children, else: [])
        )
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func theTextOfAChecklistIsCanonical(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let section = Section(
            id: "quay",
            title: Bool.random(using: &random) ? "Quay" : "",
            scope: Bool.random(using: &random) ? ["testnet"] : [],
            requirement: Bool.random(using: &random) ? .optional : .required,
            items: [Self.item(&random, depth: 2), Self.item(&random, depth: 0)]
        )
        let phase = Phase(
            id: "cast-off",
            title: "Cast off",
            scope: Bool.random(using: &random) ? ["testnet"] : [],
            conditions: Bool.random(using: &random)
                ? [.completed(environment: "testnet", within: nil)] : [],
            concurrency: Int.random(in: 1...2, using: &random),
            isFollowUp: Bool.random(using: &random),
            risk: Bool.random(using: &random) ? .high : nil,
            timing: Bool.random(using: &random) ? "at noon" : nil,
            sections: Bool.random(using: &random) ? [section] : []
        )
        let checklist = Checklist(
            title: "Ferry",
            edition: Bool.random(using: &random) ? "2" : nil,
            service: Bool.random(using: &random) ? "ferry" : nil,
            infersScopes: Bool.random(using: &random),
            phases: Bool.random(using: &random) ? [phase] : [],
            variables: [Variable(name: "HOME")],
            fields: [Field(id: "date", title: "Date")],
            contacts: [Contact(title: "Harbour", value: nil)]
        )
        // Read back by the reader of canonical text, which refuses any other order.
        let text = checklist.canonicalText
        let value = try JSONValue(canonical: text, within: .definition)
        #expect(value == checklist.json)
        #expect(checklist.json.canonicalBytes == text)
        #expect(try Checklist(json: value) == checklist)
        #expect(checklist.hash == SHA256.digest(of: text))
    }

    /// A mark that joins with the character before it belongs to the id.
    @Test(arguments: ["a", "\u{301}a", "\u{903}", "/"])
    func theGateOfAPhaseReadsBack(_ name: String) throws {
        let gate = GateID.phase(PhaseID(name))
        #expect(try GateID(json: gate.json) == gate)
    }
}
