// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

/// A folder in which everything stands that the examples name.
enum ExampleBench {
    /// Made once; each example works on a copy.
    static let prepared = Result { try make() }

    private static func make() throws -> Bench {
        let bench = try Bench()
        try bench.write(checklist, to: "checklist.json")
        try bench.write(project, to: "deploykit.json")
        for folder in ["docs", "q2", "k8s", "info", "cache", "broadcast"] {
            try bench.makeFolder(folder)
        }
        for folder in ["broadcast/Deploy.s.sol", "broadcast/Deploy.s.sol/1"] {
            try bench.makeFolder(folder)
        }
        let pages = ["docs/DEPLOYMENT.md", "docs/DEPLOYMENT_CHECKLIST.md", "CHECKLIST.md"]
        for page in pages {
            try must(bench, "check", "--annotate", "checklist.json", "--output", page)
        }
        try must(bench, "start", pages[0], "--environment", "staging", "--version", "0.9.0")
        try must(bench, "done", "1.1")
        try must(bench, "store", "save", "backup.sqlite")
        for name in ["release-1.4.2.head", "q2/checkpoint", "checkpoint"] {
            try bench.write(try bench.run("audit", "checkpoint").output, to: name)
        }
        let id = "CDLZFC3SYJYDZT7K67VZ75HPJVIEUVNIXF47ZG2FB2RMQQVU2HHGCYSC"
        for (name, text) in [
            ("image.tar", "an image"), ("backup.log", "done"),
            (".env", "VESTING_CONTRACT_ID=\(id)\n"),
            ("k8s/secret.yaml", "apiVersion: v1\nkind: Secret\nstringData:\n  A: b\n"),
            ("info/mainnet.json", "{\"name\": \"mainnet\"}"),
            ("broadcast/Deploy.s.sol/1/run-latest.json", "{\"transactions\": [], \"chain\": 1}"),
            ("results.csv", "metric,at,value\nlatency,2026-01-01T12:00:00Z,12ms\n"),
            ("junit.xml", "<testsuite tests=\"1\"><testcase name=\"a\"/></testsuite>"),
            ("rules.yml", "groups: []\n"),
        ] { try bench.write(text, to: name) }
        let status = try bench.run("status", "--json").json()
        try bench.write(status["deployment"]?["id"]?.string ?? "", to: "id")
        return bench
    }

    private static func must(_ bench: Bench, _ words: String...) throws {
        let run = try bench.run(words: words)
        try #require(run.code == 0, "\(words): \(run.errors)")
    }

    private static func items(_ section: String, _ titles: [String]) -> String {
        let list = titles.enumerated().map { index, title in
            let id = index == 0 && section == "backup" ? "create-the-backup" : "item-\(index + 1)"
            let requirement =
                title.contains("SMS") ? #", "requirement": {"if": "SMS is on"}"# : ""
            return #"{"id": "\#(section)/\#(id)", "title": "\#(title)"\#(requirement)}"#
        }
        return #"{"id": "\#(section)", "items": [\#(list.joined(separator: ", "))]}"#
    }

    private static func phase(_ id: String, _ title: String, _ titles: [String]) -> String {
        #"{"id": "\#(id)", "title": "\#(title)", "sections": [\#(items(id, titles))\#(suite(id))]}"#
    }

    private static func suite(_ phase: String) -> String {
        guard phase == "rollout" else { return "" }
        let command = #"{"is": "command", "command": {"script": "true", "interpreter": "bash"}}"#
        return
            #", {"id": "smoke", "title": "Smoke", "items": [{"id": "smoke/up", "suite": "smoke", "#
            + #""title": "It answers", "effect": "none", "kind": \#(command)}]}"#
    }

    private static var checklist: String {
        let phases = [
            phase("backup", "Backup", ["Create the backup", "Space", "Restore tried", "Tables"]),
            phase("rollout", "Rollout", ["Migrate", "Restart", "Look at the dashboards"]),
            phase("notifications", "Notifications", ["Templates", "SMS templates"]),
            phase("mainnet", "Mainnet", ["Deploy", "Look"]),
        ].joined(separator: ",\n")
        return #"""
            {"v": 1, "title": "Orders", "service": "orders",
             "phases": [\#(phases)],
             "signOffSlots": [
               {"id": "qa-engineer", "label": "QA Engineer", "gate": "phase/mainnet",
                "rule": {"count": 1, "roles": ["QA Engineer"]}},
               {"id": "operations", "label": "Operations", "gate": "phase/mainnet",
                "rule": {"count": 1, "roles": ["Operations"]}}
             ],
             "metrics": [\#(["email-delivery-success-rate", "latency", "smoke", "lag", "queue-lag"]
                .map(metric).joined(separator: ", "))],
             "contractSlots": [{"name": "VESTING_CONTRACT_ID", "title": "Vesting",
                "kind": "stellar.contract", "required": true}],
             "fields": [{"id": "deployed-by", "title": "Deployed by"}],
             "suites": [{"name": "smoke"}],
             "rollbackPlan": {"levels": [{"id": "stop", "title": "Stop",
                "steps": [{"title": "Switch off", "compensates": "rollout/item-1"}],
                "verification": [{"title": "It is off"}]}]},
             "windows": [{"id": "week-1", "title": "Week 1", "duration": 604800000,
                "cadence": 86400000}]}
            """#
    }

    private static func metric(_ id: String) -> String {
        switch id {
        case "email-delivery-success-rate":
            #"{"id": "\#(id)", "title": "Mail delivered", "unit": "%", "#
                + #""direction": "higherIsBetter", "bands": {"target": "> 95%"}, "#
                + #""aggregation": {"kind": "ratio", "part": "sent_total", "others": "failed_total"}}"#
        case "smoke":
            #"{"id": "\#(id)", "title": "Mail delivered", "unit": "%", "#
                + #""direction": "higherIsBetter", "bands": {"target": "> 95%"}}"#
        case "latency":
            #"{"id": "\#(id)", "title": "Latency", "unit": "ms", "#
                + #""direction": "lowerIsBetter", "bands": {"target": "< 300ms"}}"#
        default:
            #"{"id": "\#(id)", "title": "\#(id)", "unit": "messages", "#
                + #""direction": "lowerIsBetter", "bands": {"target": "< 10 messages"}}"#
        }
    }

    private static let project = #"""
        {"deploykit": 1, "services": [{"name": "orders"}],
         "environments": [
           {"name": "staging", "tier": "test", "networks": ["stellar:testnet"]},
           {"name": "production", "tier": "production", "networks": ["stellar:pubnet"]}
         ],
         "people": [
           {"id": "lena@example.com", "roles": ["QA Engineer", "Operations"]},
           {"id": "tom@example.com", "roles": ["QA Engineer", "Operations"]}
         ],
         "targets": [{"name": "contracts", "path": "contracts.env", "dialect": "portable"}]}
        """#
}

extension Bench {
    /// Makes the folder a copy of another, and tells whether that worked.
    func copy(of other: Bench) -> Bool {
        (try? runProgram("/bin/cp", "-a", "\(other.path)/.", ".")) == 0
    }
}
