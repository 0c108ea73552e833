// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import DeployKitTesting
import Testing

@Suite struct RedactorTests {
    let value = "pä$$ w\"o'r/d<&+1"

    func redacted(_ text: String, _ secrets: String...) throws -> String {
        let secrets = try secrets.enumerated().map { index, value in
            try Secret(name: "S\(index)", bytes: Array(value.utf8))
        }
        return String(decoding: Redactor(secrets).redact(Array(text.utf8)), as: UTF8.self)
    }

    // The first of each kind by python3 (base64, binascii, urllib.parse, json, html, shlex) and by
    // bash (printf %q, in the C locale and in a UTF-8 one).
    @Test(arguments: [
        "pä$$ w\"o'r/d<&+1",
        "cMOkJCQgdyJvJ3IvZDwmKzE=", "cMOkJCQgdyJvJ3IvZDwmKzE",
        "70c3a424242077226f27722f643c262b31",
        "70C3A424242077226F27722F643C262B31",
        "p%C3%A4%24%24%20w%22o%27r%2Fd%3C%26%2B1", "p%C3%A4%24%24+w%22o%27r%2Fd%3C%26%2B1",
        "p%c3%a4%24%24%20w%22o%27r%2fd%3c%26%2b1",
        "p\\u00e4$$ w\\\"o'r/d<&+1", "pä$$ w\\\"o'r\\/d<&+1",
        "p\\u00e4$$ w\\\"o'r/d\\u003c\\u0026+1",
        "pä$$ w&quot;o&#x27;r/d&lt;&amp;+1", "pä$$ w\"o'r/d&lt;&amp;+1",
        "pä$$ w\"o'\"'\"'r/d<&+1", "pä$$ w\"o'\\''r/d<&+1", "pä\\$\\$ w\\\"o'r/d<&+1",
        "p\\303\\244$$ w\"o\\'r/d<&+1", "pä\\$\\$\\ w\\\"o\\'r/d\\<\\&+1",
    ])
    func everySpellingIsHidden(_ spelling: String) throws {
        let text = try redacted("before \(spelling) after", value)
        #expect(text == "before [redacted:S0] after")
    }

    // base64.b64encode(b"x" * shift + b"correct-horse-battery" + tail), by python3.
    @Test(arguments: [
        "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5", "eGNvcnJlY3QtaG9yc2UtYmF0dGVyeQ==",
        "eHhjb3JyZWN0LWhvcnNlLWJhdHRlcnk=", "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5Cg==",
        "eGNvcnJlY3QtaG9yc2UtYmF0dGVyeXRhaWw=", "eHhjb3JyZWN0LWhvcnNlLWJhdHRlcnl0YWls",
    ])
    func base64IsHiddenAtEveryPosition(_ encoded: String) throws {
        let text = try redacted(encoded, "correct-horse-battery")
        #expect(text.contains("[redacted:S0]"))
        #expect(text.replacing("[redacted:S0]", with: "").count <= 12)
    }

    @Test func eachLineOfALongSecretIsHidden() throws {
        let text = try redacted(
            "1: first-line-x\n2: second-line\n",
            "first-line-x\nsecond-line\nend"
        )
        #expect(text == "1: [redacted:S0]\n2: [redacted:S0]\n")
    }

    @Test func overlappingSecretsAreHiddenTogether() throws {
        #expect(
            try redacted("-abcdefghijkl-", "abcdefgh", "efghijkl") == "-[redacted:S0][redacted:S1]-"
        )
        #expect(
            try redacted("-abcdefghijkl-", "abcdefghijkl", "cdefghij")
                == "-[redacted:S0][redacted:S1]-"
        )
    }

    @Test func aRunOfOverlapsIsOneMarkerAndHoldsNoMemory() throws {
        let secret = try Secret(name: "A", bytes: Array("aaaaaaaa".utf8))
        var stream = Redactor([secret]).stream()
        var result: [UInt8] = []
        for _ in 0..<50 { result += stream.redact([UInt8](repeating: 97, count: 1000)) }
        result += stream.redact([98])
        #expect(String(decoding: result + stream.finish(), as: UTF8.self) == "[redacted:A]b")
    }

    @Test func almostASecretIsGivenBack() throws {
        #expect(try redacted("abcdefgX abcdefg", "abcdefgh") == "abcdefgX abcdefg")
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func howTheBytesAreCutChangesNothing(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        func word(_ count: ClosedRange<Int>) -> [UInt8] {
            (0..<Int.random(in: count, using: &random)).map { _ in
                UInt8.random(in: 97...99, using: &random)
            }
        }
        let secrets = try (0..<3).map { try Secret(name: "S\($0)", bytes: word(8...12)) }
        var text = word(0...20)
        for _ in 0..<6 {
            let secret = try #require(secrets.randomElement(using: &random)).bytes
            text += secret.prefix(Int.random(in: 4...secret.count, using: &random)) + word(0...6)
        }
        // The oracle covers bytes by plain search; only raw spellings can occur in a, b and c.
        var covered = [Bool](repeating: false, count: text.count)
        for secret in secrets {
            for start in text.indices where text[start...].starts(with: secret.bytes) {
                for index in start..<(start + secret.bytes.count) { covered[index] = true }
            }
        }
        let plain = zip(text, covered).filter { !$0.1 }.map(\.0)
        let redactor = Redactor(secrets)
        let whole = redactor.redact(text)
        var visible = String(decoding: whole, as: UTF8.self)
        for index in 0..<3 { visible = visible.replacing("[redacted:S\(index)]", with: "") }
        #expect(visible == String(decoding: plain, as: UTF8.self))
        for cut in 0...text.count {
            var stream = redactor.stream()
            let pieces = stream.redact(Array(text[..<cut])) + stream.redact(Array(text[cut...]))
            #expect(pieces + stream.finish() == whole, "cut at \(cut)")
        }
        var stream = redactor.stream()
        #expect(text.flatMap { stream.redact([$0]) } + stream.finish() == whole)
    }

    @Test func aShortSecretIsRefusedAndNeverPrinted() throws {
        let error = #expect(throws: RunnerError.self) { try Secret(name: "PIN", bytes: [1, 2, 3]) }
        #expect(error?.code == .secretTooShort)
        let secret = try Secret(name: "KEY", bytes: Array("do-not-show".utf8))
        var dumped = ""
        dump(secret, to: &dumped)
        let shown = "\(secret) \(String(reflecting: secret)) \(dumped) \([secret])"
        #expect(!shown.contains("do-not-show") && !shown.contains("100"))
    }

    @Test func secretsComeFromVariablesAndPrivateFiles() throws {
        let folder = TemporaryDirectory()
        let good = SecretSource.file(folder.write("from-a-file\n", to: "good"))
        #expect(try good.secret(named: "A", environment: [:]).bytes == Array("from-a-file".utf8))
        let variable = SecretSource.environment("X")
        #expect(
            try variable.secret(named: "A", environment: ["X": "from-a-variable"]).bytes
                == Array("from-a-variable".utf8)
        )
        let open = folder.write("from-a-file\n", to: "open", mode: 0o644)
        for source in [
            .file(open), .file(folder.path), .file("/no/such/file"), .file("/dev/null"), variable,
        ] as [SecretSource] {
            let error = #expect(throws: RunnerError.self) {
                try source.secret(named: "A", environment: [:])
            }
            #expect(error?.code == .secretUnavailable)
        }
    }
}
