// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

@Suite struct AuditJSONTests {
    @Test(arguments: [
        ("null", "null"), (" true\n", "true"), ("\tfalse\r", "false"), ("0", "0"), ("-1", "-1"),
        ("9007199254740991", "9007199254740991"), ("-9007199254740991", "-9007199254740991"),
        ("[]", "[]"), ("[ 1 , 2 ]", "[1,2]"), ("{}", "{}"), ("{ }", "{}"),
        (#"{"b":1,"a":2,"B":3,"_":4,"a0":5}"#, #"{"B":3,"_":4,"a":2,"a0":5,"b":1}"#),
        (#""\u0041\/\b\t\n\f\r\"\\\u001f\u0001""#, ##""A/\b\t\n\f\r\"\\\u001f\u0001""##),
        (#""\ud83d\ude02 \u20ac""#, "\"\u{1F602} \u{20AC}\""),
        ("\"\u{7F}\u{2028}e\u{301}\u{E9}\"", "\"\u{7F}\u{2028}e\u{301}\u{E9}\""),
    ])
    func textOfTheProfileHasOneCanonicalForm(text: String, canonical: String) throws {
        let value = try JSONValue(parsing: text)
        #expect(value.canonicalBytes == Array(canonical.utf8))
        #expect(try value.canonicalBytes(within: .record) == Array(canonical.utf8))
        #expect(try JSONValue(canonical: Array(canonical.utf8)) == value)
        if text != canonical {
            let error = #expect(throws: JSONError.self) {
                try JSONValue(canonical: Array(text.utf8))
            }
            #expect(error?.code == .notCanonical)
        }
    }

    @Test(arguments: [
        "", " ", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1,,2]", "{\"a\"}",
        "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\":1 \"b\":2}", "{a:1}", "{'a':1}", "{1:1}",
        "{\"a\":1,\"a\":1}", "{\"\":1}", "{\"a b\":1}", "{\"0a\":1}", "{\"\u{E9}\":1}",
        "{\"a\":1}}", "1 2", "nul", "nulll", "True", "NaN", "Infinity", "-Infinity", "undefined",
        "1.0", "1.", ".5", "-.5", "1e1", "1E+1", "0e0", "-0", "-0.0", "01", "-01", "00", "+1",
        "-", "--1", "0x1", "1_0", "9007199254740992", "-9007199254740992",
        "99999999999999999999999999", "1e400", "\"", "\"a", "'a'", "\"\\", "\"\\\"", "\"\\x\"",
        "\"\\u\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u-123\"", "\"\\U0041\"", "\"\\u0000\"",
        "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\ud800\"", "\"\\ud800\\n\"", "\"\\ud800x\"",
        "\"\\ud800\\\"", "\"\n\"", "\"\t\"", "\"\0\"", "\"a\0b\"", "\u{FEFF}null", "\u{A0}1",
        "/**/1", "1//", "[1]#", "\u{0B}1", "\u{2028}1", "\u{FF11}", "*", "<null>",
        "[\"a\",\n4\n,1,",
    ])
    func textOutsideTheProfileIsRefused(text: String) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.code == .syntax)
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xE2, 0x82, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
            [0xEF, 0xBB, 0xBF, 0x30],
            [0x22, 0x80, 0x22], [0xFE, 0xFF, 0x00, 0x30], [0x00], [0x5B, 0xFF, 0x5D],
        ] as [[UInt8]]
    )
    func bytesThatAreNoUTF8AreRefused(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    }

    @Test func limitsAreHeldByReaderAndWriterAlike() throws {
        let limits = JSONLimits(depth: 3, stringBytes: 4, members: 5, totalBytes: 40)
        let cases: [(text: String, fits: Bool)] = [
            ("[[[]]]", true), ("[[[[]]]]", false), ("[{\"a\":[]}]", true),
            ("[{\"a\":{\"b\":{}}}]", false), ("\"abcd\"", true), ("\"abcde\"", false),
            ("\"\u{E9}\u{E9}\"", true), ("\"\u{E9}\u{E9}e\"", false), ("[1,2,3,4,5]", true),
            ("[1,2,3,4,5,6]", false), ("[[1,2],[3]]", true), ("[[1,2],[3,4]]", false),
            ("[\"aaaa\",\"aaaa\",\"aaaa\",\"aaaa\",\"aaaa\"]", true),
            ("[111111111,111111111,111111111,11111111]", true),
            ("[111111111,111111111,111111111,111111111]", false),
        ]
        for (text, fits) in cases {
            let value = try JSONValue(parsing: text)
            if fits {
                #expect(try JSONValue(parsing: text, within: limits) == value)
                #expect(try value.canonicalBytes(within: limits) == Array(text.utf8))
            } else {
                let read = #expect(throws: JSONError.self, "\(text)") {
                    try JSONValue(parsing: text, within: limits)
                }
                let written = #expect(throws: JSONError.self, "\(text)") {
                    try value.canonicalBytes(within: limits)
                }
                #expect(read?.code == .limit && written?.code == .limit)
            }
        }
        let deep = String(repeating: "[", count: 33) + String(repeating: "]", count: 33)
        #expect(throws: JSONError.self) { try JSONValue(parsing: deep) }
        let hostile = String(repeating: "[", count: 1_000_000)
        #expect(throws: JSONError.self) { try JSONValue(parsing: hostile) }
    }

    @Test(arguments: 1...100 as ClosedRange<UInt64>)
    func everyValueIsReadBackFromItsCanonicalBytes(seed: UInt64) throws {
        var random = Random(state: seed)
        let value = random.value(depth: 5)
        #expect(try JSONValue(canonical: value.canonicalBytes) == value)
        #expect(
            try JSONValue(canonical: value.canonicalBytes).canonicalBytes == value.canonicalBytes
        )
    }

    /// SplitMix64, and values of the profile from it.
    struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
            return z ^ z >> 31
        }

        mutating func value(depth: Int) -> JSONValue {
            switch Int.random(in: depth > 0 ? 0...7 : 0...4, using: &self) {
            case 0: return .null
            case 1: return .boolean(Bool.random(using: &self))
            case 2:
                let limit = JSONValue.largestInteger
                return .integer(Int64.random(in: -limit...limit, using: &self))
            case 3, 4: return .string(text())
            case 5:
                let count = Int.random(in: 0...4, using: &self)
                return .array((0..<count).map { _ in value(depth: depth - 1) })
            default:
                var members = JSONObject()
                for _ in 0..<Int.random(in: 0...4, using: &self) {
                    let name = ["a", "B", "_x", "a0", "ab", "Zz9", "_"].randomElement(using: &self)
                    members[name ?? "a"] = value(depth: depth - 1)
                }
                return .object(members)
            }
        }

        mutating func text() -> String {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...12, using: &self) {
                let range: ClosedRange<UInt32> =
                    [1...0x1F, 0x20...0x7F, 0x80...0x7FF, 0x800...0xFFFF, 0x10000...0x10FFFF]
                    .randomElement(using: &self) ?? 1...1
                if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &self)) {
                    text.append(scalar)
                }
            }
            return String(text)
        }
    }
}
