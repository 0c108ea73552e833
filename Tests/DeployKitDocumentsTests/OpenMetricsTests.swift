// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting
import Foundation
import Testing

/// Pages of metrics, as the parser of `prometheus-client` (PyPI) accepts and refuses them.
@Suite struct OpenMetricsTests {
    private static let page = """
        # HELP mails Mails, by what became of them.
        # TYPE mails counter
        mails_total{state="sent"} 95 1767225600.25 # {trace="a1"} 1 1767225599
        mails_created{state="sent"} 1767225000 1767225600.25
        mails_total{state="failed"} 5
        # TYPE delivery_seconds histogram
        # UNIT delivery_seconds seconds
        delivery_seconds_bucket{le="0.5"} 10
        delivery_seconds_bucket{le="5.0"} 90
        delivery_seconds_bucket{le="+Inf"} 100
        delivery_seconds_count 100
        delivery_seconds_sum 214.5
        # TYPE latency summary
        latency{quantile="0.95"} 4.2
        latency_count 7
        latency_sum 9
        # TYPE lag gauge
        lag{group="notify \\"a\\" \\\\ b"} 17
        lag{group="other"} NaN
        # TYPE build info
        build_info{version="1.4.2"} 1
        # TYPE mode stateset
        mode{mode="fast"} 1
        mode{mode="slow"} 0
        loose 1e+06
        # EOF

        """

    private static let refused = [
        ("# EOF\n", ""), ("# EOF\n", "# EOF\n\n"), ("# EOF", "# EOF\nmore 1"),
        ("counter\n", "cuonter x\n"),
        ("mails_total{state=\"failed\"} 5", "mails{state=\"failed\"} 5"),
        ("failed\"} 5", "failed\"} -5"), ("failed\"} 5", "failed\"} NaN"),
        ("failed\"} 5", "failed\"}  5"), ("failed\"} 5", "failed\"} 5 "),
        ("failed\"} 5", "failed\"}"),
        ("failed\"} 5", "failed} 5"), ("{state=\"failed\"}", "{state=\"failed\",state=\"x\"}"),
        ("{state=\"failed\"}", "{9=\"x\"}"), ("{state=\"failed\"}", "{state=\"failed\" }"),
        ("seconds seconds", "seconds ms"), ("le=\"+Inf\"", "le=\"9\""),
        ("le=\"5.0\"", "le=\"0.1\""),
        ("} 90\n", "} 9\n"), ("} 90\n", "} 90.5\n"), ("_count 100", "_count 99"),
        ("delivery_seconds_sum 214.5\n", ""), ("delivery_seconds_count 100\n", ""),
        ("quantile=\"0.95\"", "quantile=\"95\""), ("{quantile=\"0.95\"}", ""),
        ("latency_sum 9", "latency_sum -9"),
        ("1.4.2\"} 1", "1.4.2\"} 2"), ("slow\"} 0", "slow\"} 3"), ("{mode=\"slow\"}", ""),
        ("loose 1e+06", "lag 3"), ("loose 1e+06", "loose 1,5"), ("loose 1e+06", "loose 0x10"),
        ("loose 1e+06", "loose 1_000"), ("loose 1e+06", "# TYPE lag gauge"), ("loose 1e+06", ""),
        ("loose 1e+06", "loose 1 # {a=\"b\"} 1"),
        ("# TYPE lag gauge", "# TYPE lag gauge\n# TYPE lag gauge"),
        ("# TYPE lag gauge", "#TYPE lag gauge"), ("# TYPE lag gauge", "# a comment"),
        ("trace=\"a1\"", "trace=\"" + String(repeating: "a", count: 130) + "\""),
        ("loose 1e+06", "mails_total 3"), ("loose 1e+06", "lo-ose 1"), ("loose 1e+06", "loose 1 x"),
        ("lag{group=\"other\"} NaN", "lag{group=\"other} NaN"),
    ]

    @Test func readsEveryKindOfSample() throws {
        let page = try OpenMetricsPage(Array(Self.page.utf8))
        #expect(page.samples.count == 17)
        #expect(page.samples[0].value == .finite(95))
        #expect(page.samples[0]["state"] == "sent")
        #expect(page.samples[11]["group"] == "notify \"a\" \\ b")
        #expect(page.samples[12].value == .nan)
        #expect(page.samples[16].value == .finite(1_000_000))
        #expect(page.samples[16].kind == .unknown)
    }

    @Test(arguments: refused.indices)
    func refusesWithTheLine(index: Int) throws {
        let text = Self.page.replacingOccurrences(
            of: Self.refused[index].0,
            with: Self.refused[index].1
        )
        try #require(text != Self.page)
        #expect { try OpenMetricsPage(Array(text.utf8)) } throws: { error in
            (error as? AnswerError)?.kind == .parse
        }
    }

    @Test func theOlderFormatHasFewerRulesAndSomeAllTheSame() throws {
        let page = """
            # a comment

            # TYPE requests counter
            requests{code="200",} 7 1767225600000
            requests {code="500"}   3
            # TYPE odd untyped
            odd +Inf
            """
        let read = try OpenMetricsPage(Array(page.utf8), dialect: .prometheusText)
        #expect(
            read.samples.map(\.value) == [.finite(7), .finite(3), .infinite(isNegative: false)]
        )
        for (old, new) in [("} 7", "} -7"), ("odd +Inf", "odd 1\nodd 1"), ("counter", "conuter")] {
            let bad = Array(page.replacingOccurrences(of: old, with: new).utf8)
            #expect(throws: AnswerError.self) { try OpenMetricsPage(bad, dialect: .prometheusText) }
        }
        #expect(throws: AnswerError.self) { try OpenMetricsPage([0xFF, 0x0A]) }
    }

    // MARK: The oracle

    /// Prints for each page `1` when it is accepted, `0` when it is refused, and `?` where the two
    /// differ by design: a series that is given twice is passed over there, and quoted names and
    /// native histograms are of later versions. The parser calls itself laxer than Prometheus's own:
    /// it takes blanks inside and before braces, in numbers and before metadata, any type, a sign after a
    /// point, and any character after a brace; and it fails where it compares a moment that is written
    /// with an exponent with one that is not.
    private static let script = #"""
        import json, re, sys
        kinds = "gauge counter stateset info histogram gaugehistogram summary unknown".split()
        def lax(line):
            if line == "# EOF": return False
            if line[0] == "#":
                found = re.fullmatch(r"# (HELP|TYPE|UNIT) ([^ ]+) (.*)", line)
                return not found or found[1] == "TYPE" and found[3] not in kinds
            bare = re.sub(r'"(\\.|[^"\\])*"', '""', line)
            if re.search(r'(le|quantile)="[^"]*[ _]', line) or re.search(r"\.[+-]", bare): return True
            return bool(re.search(r"[{,] | [=},]|= |,}|\}[^ ]|\}$|(?<!#) \{", bare))
        from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
        def verdict(page):
            try:
                for family in parse(page):
                    for sample in family.samples:
                        if getattr(sample, "native_histogram", None) is not None: return "?"
            except AttributeError:
                return "?"
            except Exception:
                return "0"
            if any(lax(line) for line in page.split("\n") if line): return "?"
            lines = [line for line in page.split("\n") if line and line[0] != "#"]
            keys = [line[:line.rindex("}") + 1] if "}" in line.split(" # ")[0] else line.split(" ")[0] for line in lines]
            if len(set(keys)) != len(keys) or any(line[0] in '{"' or '{"' in line for line in lines): return "?"
            return "1"
        print("".join(verdict(page) for page in json.load(open("pages.json"))), end="")
        """#

    private func compare(_ pages: [String], _ name: String) throws {
        let scratch = try Scratch()
        try scratch.write(Self.script, "oracle.py")
        let data = try JSONEncoder().encode(pages)
        try scratch.write(String(decoding: data, as: UTF8.self), "pages.json")
        let (status, output) = try scratch.run("python3 oracle.py")
        try #require(status == 0 && output.count == pages.count, "\(output.suffix(400))")
        var counts = (accepted: 0, refused: 0, apart: 0)
        for (page, expected) in zip(pages, output) {
            var reason = ""
            do throws(AnswerError) {
                _ = try OpenMetricsPage(Array(page.utf8))
                if expected == "1" { counts.accepted += 1 }
            } catch {
                reason = "\(error)"
                if expected == "0" { counts.refused += 1 }
            }
            if expected == "?" {
                counts.apart += 1
            } else {
                #expect(reason.isEmpty == (expected == "1"), "\(reason)\n\(page)")
            }
        }
        print(
            "\(name): \(counts.accepted) accepted and \(counts.refused) refused as by "
                + "prometheus-client, \(counts.apart) different by design"
        )
    }

    @Test(
        .enabled(
            if: Scratch.hasModule("prometheus_client"),
            "the Python module prometheus_client is not installed"
        )
    )
    func acceptsAndRefusesWhatPrometheusClientDoes() throws {
        var pages = [Self.page]
        for (old, new) in Self.refused {
            pages.append(Self.page.replacingOccurrences(of: old, with: new))
        }
        var random = SplitMix64(seed: 1)
        let lines = Self.page.split(separator: "\n", omittingEmptySubsequences: false)
        let letters = Array("{}\"=, #\\_1.5-+eEaNI\n")
        for _ in 0..<(Scratch.count("DEPLOYKIT_METRIC_PAGES") ?? 600) {
            var changed = lines.map(String.init)
            for _ in 0...Int.random(in: 0...1, using: &random) {
                let index = Int.random(in: 0..<(changed.count - 1), using: &random)
                switch Int.random(in: 0...4, using: &random) {
                case 0: changed.remove(at: index)
                case 1:
                    changed.insert(
                        changed[index],
                        at: Int.random(in: 0..<changed.count, using: &random)
                    )
                case 2:
                    changed.swapAt(index, Int.random(in: 0..<(changed.count - 1), using: &random))
                default:
                    var text = Array(changed[index])
                    guard !text.isEmpty else { continue }
                    let place = Int.random(in: 0..<text.count, using: &random)
                    let letter = letters[Int.random(in: 0..<letters.count, using: &random)]
                    if Bool.random(using: &random) {
                        text[place] = letter
                    } else {
                        text.insert(letter, at: place)
                    }
                    changed[index] = String(text)
                }
            }
            pages.append(changed.joined(separator: "\n"))
        }
        try compare(pages, "pages of our own and \(pages.count - 1) changed ones")
    }

    /// The test data of the OpenMetrics project, where a folder of it is named.
    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["DEPLOYKIT_OPENMETRICS"] != nil,
            "DEPLOYKIT_OPENMETRICS names no folder with the project's tests/testdata/parsers"
        )
    )
    func acceptsAndRefusesTheProjectsOwnPages() throws {
        let root = URL(
            fileURLWithPath: ProcessInfo.processInfo.environment["DEPLOYKIT_OPENMETRICS"] ?? ""
        )
        var apart: [String] = []
        let names = try FileManager.default.contentsOfDirectory(atPath: root.path).sorted()
        for name in names {
            let folder = root.appendingPathComponent(name)
            let test = try Data(contentsOf: folder.appendingPathComponent("test.json"))
            let shouldParse = String(decoding: test, as: UTF8.self).contains(
                "\"shouldParse\": true"
            )
            let bytes = Array(try Data(contentsOf: folder.appendingPathComponent("metrics")))
            let reads = (try? OpenMetricsPage(bytes)) != nil
            if reads != shouldParse {
                apart.append("\(name) should \(shouldParse ? "" : "not ")parse")
            }
        }
        print("OpenMetrics test data: \(names.count) pages, different: \(apart)")
        #expect(names.count > 100)
        // Two samples of one series and one moment are two values at once, whatever was truncated.
        #expect(apart == ["duplicate_timestamps_1 should parse"])
    }
}
