// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

/// JSON of RFC 8259 against the profile: what is valid is read, or refused by the rule of the
/// profile that it breaks; what is not valid is refused.
@Suite struct AuditJSONTortureTests {
    /// A rule by which valid JSON is refused, with words of its sentence.
    enum Rule: String {
        case fraction = "a fraction or exponent"
        case range = "beyond ±(2^53 - 1)"
        case zero = "a zero too many, or is -0"
        case name = "is not of [A-Za-z_]"
        case twice = "stands there twice"
        case null = "contains U+0000"
        case surrogate = "a surrogate stands alone"
    }

    @Test(arguments: [
        "[]", "[ ]", "\n[\n]\n", "\t{\r\n}\t", "[[],[[]]]", "[null]", "[true,false]", "[\"\"]",
        "[0]", "[-1]", "[123]", "[ 4]", "[4 ]", "[1\n]", "[ 1,null, 2]", "[1,null,null,null,2]",
        "[-123]", "[20]", "[\"a\"]", "[ \"a\"]", "[\"a\" ]", "null", "true", "false", "42", "-1",
        "\"alone\"", "\"\"", "  []  ", "{\"a\":[]}", "{\"asd\":\"sdf\"}", "{}",
        "{\"a\":\"b\",\"c\":\"d\"}", "{\"min\":-1,\"max\":1}", "{\"a\":{\"a\":{\"a\":{}}}}",
        "{\n\"a\": \"b\"\n}", "{\"title\":\"\\u041f\\u043e\\u043b\"}",
        "[\"\\u0060\\u012a\\u12AB\"]",
        "[\"\\ud801\\udc37\"]", "[\"\\ud83d\\ude39\\ud83d\\udc8d\"]",
        "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "[\"\\\\u0000\"]", "[\"\\\"\"]", "[\"a/*b*/c/*d//e\"]",
        "[\"\\\\a\"]", "[\"\\\\n\"]", "[\"\\u0012\"]", "[\"\\uFFFF\"]", "[\"asd \"]",
        "[\"\\uDBFF\\uDFFF\"]", "[\"new\\u00A0line\"]", "[\"\u{10FFFF}\"]", "[\"\u{FFFF}\"]",
        "[\"\\u0022\"]", "[\"\u{7F}\"]", "[\"\u{2028}\u{2029}\"]", "[\"\\u2028\\u2029\"]",
        "[\"\\u0821\"]", "[\"\\u0123\"]", "[\"\u{20AC}\u{1D11E}\"]", "[\"\\u005C\"]",
        "[\"\\uD834\\uDd1e\"]", "[\"\\u200B\"]", "[\"\\u2064\"]", "[\"\\uFDD0\"]", "[\"\\uFFFE\"]",
        "[\"aa\u{303}\"]", "[\"\\uA66D\"]", "9007199254740991", "-9007199254740991",
    ])
    func validTextOfTheProfileIsRead(text: String) throws {
        let value = try JSONValue(parsing: text)
        #expect(try JSONValue(canonical: value.canonicalBytes) == value)
    }

    @Test(
        arguments: [
            ("[123e65]", .fraction), ("[0e+1]", .fraction), ("[0e1]", .fraction),
            ("[1E22]", .fraction), ("[1E-2]", .fraction), ("[1E+2]", .fraction),
            ("[123.456e78]", .fraction), ("[1.0]", .fraction), ("[0.1]", .fraction),
            ("[-0.000001]", .fraction), ("1.5", .fraction), ("[1e400]", .fraction),
            ("[-1e400]", .fraction), ("[1e-10000]", .fraction), ("[-0]", .zero), ("-0", .zero),
            ("[9007199254740992]", .range), ("[-9007199254740992]", .range),
            ("[100000000000000000000]", .range),
            ("[-237462374673276894279832749832423479]", .range),
            ("{\"\":0}", .name), ("{\"a b\":0}", .name), ("{\"foo\\u0000bar\":42}", .null),
            ("{\"\u{E9}\":1}", .name), ("{\"1\":1}", .name), ("{\"a-b\":1}", .name),
            ("{\"a.b\":1}", .name), ("{\"e\u{301}\":1,\"\u{E9}\":2}", .name),
            ("{\"a\":\"b\",\"a\":\"c\"}", .twice), ("{\"a\":\"b\",\"a\":\"b\"}", .twice),
            ("{\"a\":1,\"\\u0061\":2}", .twice), ("[\"\\u0000\"]", .null),
            ("[\"a\\u0000b\"]", .null), ("[\"\\uD800\"]", .surrogate),
            ("[\"\\uDC00\"]", .surrogate),
            ("[\"\\uD800\\uD800\"]", .surrogate), ("[\"\\uD800\\n\"]", .surrogate),
            ("[\"\\uDd1e\\uD834\"]", .surrogate), ("[\"\\ud800abc\"]", .surrogate),
            ("[\"\\uDADA\"]", .surrogate), ("[\"\\uD888\\u1234\"]", .surrogate),
            ("{\"\\uDFAA\":0}", .surrogate),
        ] as [(String, Rule)]
    )
    func validTextOutsideTheProfileIsRefusedByTheRuleThatItBreaks(text: String, rule: Rule) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.description.contains(rule.rawValue) == true, "\(error.debugDescription)")
    }

    @Test(arguments: [
        "[1 true]", "[1:2]", "[\"\"],", "[\"\": 1]", "[,]", "[,1]", "[1,,2]", "[\"x\",,]",
        "[\"x\"]]",
        "[\"\",]", "[\"x\"", "[x", "[3[4]]", "[1,]", "[1,,]", "[\"a\",\n4\n,", "[*]", "[",
        "[1,\n1\n,1",
        "[{}", "[fals]", "[nul]", "[tru]", "[False]", "[TRUE]", "[++1234]", "[+1]", "[+Inf]",
        "[-01]",
        "[-1.0.]", "[-2.]", "[-NaN]", "[.-1]", "[.2e-3]", "[0.1.2]", "[0.3e+]", "[0.3e]", "[0.e1]",
        "[0E+]", "[0E]", "[0e+]", "[0e]", "[1.0e+]", "[1.0e-]", "[1.0e]", "[1 000.0]", "[1eE2]",
        "[2.e+3]", "[2.e-3]", "[9.e+]", "[Inf]", "[NaN]", "[Infinity]", "[-Infinity]", "[-foo]",
        "[- 1]", "[-012]", "[-.123]", "[-1x]", "[1ea]", "[1.]", "[.123]", "[1.2a-3]",
        "[1.8011670033a]",
        "[0x1]", "[0x42]", "[012]", "[1+2]", "[\u{FF11}]", "[1\u{A0}]", "[\"x\", truth]",
        "{[: \"x\"}",
        "{\"x\", null}", "{\"x\"::\"b\"}", "{\u{1F1E8}\u{1F1ED}}", "{\"a\":\"a\" 123}",
        "{key: 'v'}",
        "{\"a\" b}", "{:\"b\"}", "{\"a\" \"b\"}", "{\"a\":", "{\"a\"", "{1:1}", "{9999E9999:1}",
        "{null:null,null:null}", "{\"id\":0,,,,,}", "{'a':0}", "{\"id\":0,}", "{\"a\":\"b\"}/**/",
        "{\"a\":\"b\"}/**//", "{\"a\":\"b\"}//", "{\"a\":\"b\"}/", "{\"a\":\"b\",,\"c\":\"d\"}",
        "{a: \"b\"}", "{\"a\":\"a", "{ \"foo\" : \"bar\", \"a\" }", "{\"a\":\"b\"}#", " ",
        "[\"\\uD800\\\"]", "[\"\\uD800\\u\"]", "[\"\\uD800\\u1\"]", "[\"\\uD800\\u1x\"]",
        "[\u{E9}]",
        "[\"\\x00\"]", "[\"\\\\\\\"]", "[\"\\\t\"]", "[\"\\\u{1F300}\"]", "[\"\\\"]",
        "[\"\\u00A\"]",
        "[\"\\uD834\\uDd\"]", "[\"\\uD800\\uD800\\x\"]", "[\"\\a\"]", "[\"\\uqqqq\"]",
        "[\\u0020\"asd\"]",
        "[\\n]", "\"", "['single quote']", "abc", "[\"\\", "[\"new\nline\"]", "[\"\t\"]",
        "\"\\UA66D\"",
        "\"\"x", "[\u{2060}]", "\u{FEFF}", "<.>", "[<null>]", "[1]x", "[1]]", "[\"asd]", "aå",
        "[True]",
        "1]", "{\"x\": true,", "[][]", "]", "{}}", "{\"\":", "{\"a\":/*comment*/\"b\"}",
        "{\"a\": true} \"x\"",
        "[a", "'", "{,", "{[", "{\"a", "{\"", "#{}", "[\"a", "[\\u000A\"\"]", "[1", "[\u{C}]",
        "\u{2060}",
        "[\"a\0\"]", "[\0]", "\0", "{\"a\":1;\"b\":2}", "[1;2]", "{\"a\"=1}", "(1)", "[1)",
        "{\"a\":1]",
        "[1}", "[\"a\" \"b\"]", "[0,00]", "[--0]", "[1-]", "[1--]", "[-]", "-", "+", "nan",
        "[\"\\u{41}\"]",
        "[\"\\0\"]", "[\"\\101\"]", "[\"\\'\"]", "`a`", "\u{201C}a\u{201D}", "[1,2,...]",
        "{\"a\":undefined}",
        "null,", "null null", "nulltrue", "tru e", "1 2", "0 0", "\"a\"\"b\"", "[\"\\u00zz\"]",
    ])
    func textThatIsNoJSONIsRefused(text: String) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.code == .syntax)
    }

    /// What the published files of RFC 8785 are about, as far as it is in the profile: arrays,
    /// nested structures, accents, text that no form of Unicode is normal for, escapes.
    @Test(arguments: [
        (
            " [ 56 , { \"d\" : true , \"b\" : null , \"a\" : [ ] } ] ",
            #"[56,{"a":[],"b":null,"d":true}]"#
        ),
        (
            #"{"b":{"f":{"f":"hi","F":5},"_":56},"a":{}}"#,
            #"{"a":{},"b":{"_":56,"f":{"F":5,"f":"hi"}}}"#
        ),
        (
            #"{"peach":"first in order","P":"p\u00e9ch\u00e9","Sin":"second"}"#,
            #"{"P":"p\#u{E9}ch\#u{E9}","Sin":"second","peach":"first in order"}"#
        ),
        (#"["A\u030a","\u00c5","\u212b"]"#, "[\"A\u{30A}\",\"\u{C5}\",\"\u{212B}\"]"),
        (
            #"["\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"]"#,
            #"["\#u{20AC}$\u000f\nA'B\"\\\\\"/"]"#
        ),
        (
            #"{"z":"\u0080","y":"\ud83d\ude02","x":"</script>","w":"\ufb33","v":"\u05d3\u05bc"}"#,
            "{\"v\":\"\u{5D3}\u{5BC}\",\"w\":\"\u{FB33}\",\"x\":\"</script>\","
                + "\"y\":\"\u{1F602}\",\"z\":\"\u{80}\"}"
        ),
        ("[333333333333333,0,\n1,-1]", "[333333333333333,0,1,-1]"),
    ])
    func theCanonicalFormIsThatOfRFC8785(text: String, canonical: String) throws {
        let value = try JSONValue(parsing: text)
        #expect(value.canonicalBytes == Array(canonical.utf8))
        #expect(try JSONValue(canonical: Array(canonical.utf8)) == value)
    }

    @Test func bytesInNoOrInAnotherEncodingAreRefused() {
        let utf16 = Array("[1]".utf16)
        let inside: [[UInt8]] = [
            [0xE5], [0xFF], [0x80], [0xC0, 0xAF], [0xE0, 0x80, 0xAF],
            [0xF8, 0x88, 0x80, 0x80, 0x80],
            [0xFC, 0x83, 0xBF, 0xBF, 0xBF, 0xBF], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
            [0xE7, 0xC3],
            [0xF4, 0xBF, 0xBF, 0xBF], [0xC3], [0xE2, 0x82], [0xC1, 0x81], [0xF0, 0x80, 0x80, 0x80],
        ]
        var texts = inside.map { [0x5B, 0x22] + $0 + [0x22, 0x5D] }
        texts += inside.map { [0x5B] + $0 + [0x5D] }
        texts += inside
        texts += [
            utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] },
            utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] },
            [0xFF, 0xFE] + utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] },
            [0xFE, 0xFF] + utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] },
            [0xEF, 0xBB, 0xBF] + Array("{}".utf8), [0xEF, 0xBB], [],
        ]
        for text in texts {
            #expect(throws: JSONError.self, "\(text)") { try JSONValue(parsing: text) }
        }
    }

    @Test func nestingIsRefusedBeforeItIsDangerous() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
            for depth in [33, 500, 100_000] {
                let start = String(repeating: open, count: depth)
                for text in [start, start + "1" + String(repeating: close, count: depth)] {
                    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
                }
            }
        }
    }

    @Test func everyBeginningOfATextIsRefused() throws {
        let text = Array(#"{"a":[1,-20,"x\u0041\n",true,false,null,{}],"b":{"c":[]}}"#.utf8)
        #expect(throws: Never.self) { try JSONValue(parsing: text) }
        for count in text.indices {
            #expect(throws: JSONError.self) { try JSONValue(parsing: text[..<count]) }
        }
    }
}
