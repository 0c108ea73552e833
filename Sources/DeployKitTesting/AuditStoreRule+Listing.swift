// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension AuditStoreRule {
    static let listing: [AuditStoreRule] = [
        AuditStoreRule(
            "summarises-streams",
            "A summary has the count and the first and last position of its stream."
        ) { trial in
            try await trial.append(trial.batch("a/1", "b/1", "a/1"))
            try await trial.append(trial.batch("b/2"))
            try await trial.append(trial.batch("a/1"))
            let store = trial.store
            let found = [
                try await store.summary(of: "a/1"), try await store.summary(of: "b/1"),
                try await store.summary(of: "b/"), try await store.summary(of: "A/1"),
            ]
            let expected = [
                StreamSummary(stream: "a/1", count: 3, firstPosition: 0, lastPosition: 4),
                StreamSummary(stream: "b/1", count: 1, firstPosition: 1, lastPosition: 1),
                nil, nil,
            ]
            trial.expect(found == expected, "the summaries are \(found)")
        },
        AuditStoreRule(
            "lists-streams-by-prefix",
            "Streams are found by the bytes that their names start with; nothing is a wildcard."
        ) { trial in
            let names: [StreamID] = [
                "deployment/d-1", "deployment/d-2", "deployment", "deployments/x", "Deployment/d-1",
                "environment/s/prod", "environment/s_x/prod", "environment/sax/prod",
                "environment/s%/prod", "e", "\u{E9}/1", "e\u{301}/1",
            ]
            for name in names { try await trial.append(trial.batch(name)) }
            for prefix in [
                "", "d", "deployment", "deployment/", "deployment/d", "deployment/d-1",
                "deployment/d-10", "environment/s_", "environment/s%", "environment/s*", "D", "e",
                "\u{E9}", "e\u{301}", "x", "/",
            ] {
                let listed = try await trial.store.streams(
                    withPrefix: prefix,
                    before: nil,
                    limit: 99
                )
                let expected = names.filter { $0.text.utf8.starts(with: prefix.utf8) }
                trial.expect(
                    listed.map(\.stream) == expected.reversed(),
                    "the prefix '\(prefix)' gives \(listed.map(\.stream.text))"
                )
            }
        },
        AuditStoreRule(
            "lists-streams-newest-first",
            "Streams are listed by their last record, newest first, a page at a time."
        ) { trial in
            let order = [0, 1, 2, 3, 4, 5, 6, 2, 0, 5, 2]
            for number in order {
                try await trial.append(
                    trial.batch(StreamID("d/\(number)"), StreamID("x/\(number)"))
                )
            }
            for prefix in ["d/", "d", ""] {
                let expected = Set(trial.records.map(\.stream))
                    .filter { $0.text.utf8.starts(with: prefix.utf8) }
                    .compactMap { name in trial.records.last { $0.stream == name } }
                    .sorted { $0.position > $1.position }
                var listed: [StreamSummary] = []
                var before: Int?
                repeat {
                    let page = try await trial.store.streams(
                        withPrefix: prefix,
                        before: before,
                        limit: 3
                    )
                    trial.expect(page.count <= 3, "a page of 3 has \(page.count) streams")
                    listed += page
                    before = page.last?.lastPosition
                    if page.isEmpty { break }
                } while listed.count <= expected.count
                trial.expect(
                    listed.map(\.stream) == expected.map(\.stream),
                    "the pages of '\(prefix)' give \(listed.map(\.stream.text))"
                )
            }
            let none = try await trial.store.streams(withPrefix: "d/", before: nil, limit: 0)
            trial.expect(none == [], "a page of 0 streams has some")
        },
    ]
}
