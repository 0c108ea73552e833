// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@Suite struct ProjectTests {
    private func read(_ text: String) throws -> Project {
        try Project(json: JSONValue(parsing: text, within: .definition))
    }

    private func refusal(_ text: String) -> String? {
        do {
            _ = try read(text)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func everythingIsReadAndWrittenBack() throws {
        let project = try read(
            #"""
            {"deploykit": 1,
             "services": [{"name": "orders"}],
             "environments": [
               {"name": "staging", "tier": "test", "networks": ["testnet"], "aliases": ["stg"]},
               {"name": "local", "tier": "development", "networks": [
                 {"id": "eip155:4242", "tier": "development", "fingerprint": "4242"}]}],
             "people": [{"id": "lena@example.com", "aliases": ["lena"], "roles": ["QA Engineer"]}],
             "secrets": [{"name": "A", "environment": "A_VALUE"}, {"name": "B", "file": "b.txt"}]}
            """#
        )
        #expect(project.onlyService == "orders")
        #expect(project.environment(named: "stg")?.name == "staging")
        #expect(project.environment(named: "staging")?.networks == [.stellarTestnet])
        #expect(project.environment(named: "local")?.networks.first?.id == "eip155:4242")
        #expect(project.environment(named: "prod") == nil)
        #expect(project.directory.canonical("lena") == "lena@example.com")
        #expect(project.secrets.map(\.source) == [.environment("A_VALUE"), .file("b.txt")])
        #expect(try Project(json: project.json) == project)
    }

    @Test func theSmallestProjectIsAVersion() throws {
        let project = try read(#"{"deploykit": 1}"#)
        #expect(project == Project())
        #expect(project.onlyService == nil)
    }

    @Test(arguments: [
        (#"{}"#, "'deploykit' is missing"),
        (#"{"deploykit": 2}"#, "version 2 is not known"),
        (#"{"deploykit": 1, "colour": 1}"#, "the member 'colour' is not known here"),
        (
            #"{"deploykit": 1, "environments": [{"name": "a"}]}"#,
            "environments.0: the member 'tier'"
        ),
        (
            #"{"deploykit": 1, "environments": [{"name": "a", "tier": "test", "x": 1}]}"#,
            "the member 'x' is not known here"
        ),
        (
            #"{"deploykit": 1, "environments": [{"name": "a", "tier": "gold"}]}"#,
            "environments.0.tier"
        ),
        (
            #"{"deploykit": 1, "environments": [{"name":"a","tier":"test","networks":["moon"]}]}"#,
            "'moon' is no network"
        ),
        (
            #"{"deploykit": 1, "environments": [{"name":"a","tier":"production","networks":["testnet"]}]}"#,
            "production"
        ),
        (
            #"{"deploykit": 1, "services": [{"name": "a"}, {"name": "a"}]}"#,
            "services.1: the name 'a' is used twice"
        ),
        (
            #"{"deploykit": 1, "people": [{"id": "a", "aliases": ["b"]}, {"id": "b"}]}"#,
            "people.1: the name 'b' is used twice"
        ),
        (#"{"deploykit": 1, "services": [{"name": " "}]}"#, "services.0: a name is blank"),
        (
            #"{"deploykit": 1, "secrets": [{"name": "A"}]}"#,
            "either an environment variable or a file"
        ),
        (
            #"{"deploykit": 1, "secrets": [{"name": "A", "file": "f", "environment": "E"}]}"#,
            "either an environment variable or a file"
        ),
    ])
    func whatIsWrongIsNamedWithItsPlace(text: String, words: String) {
        #expect(refusal(text)?.contains(words) == true, "\(refusal(text) ?? "accepted")")
    }
}
