// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import DeployKit
    import DeployKitTesting
    import Glibc
    import Testing

    /// The canonical form, as other programs read and write it.
    @Suite struct AuditJSONOracleTests {
        private static let statements = AuditProofOracleTests.count("DEPLOYKIT_STATEMENTS") ?? 500

        private static let script = """
            import json, sys
            if sys.argv[1] == "jcs":
                from jcs import canonicalize as write
            else:
                from rfc8785 import dumps as write
            for number, line in enumerate(open(sys.argv[2], "rb").read().split(b"\\n")[:-1]):
                if write(json.loads(line)) != line:
                    sys.exit("line %d differs" % number)
            print("equal", end="")
            """

        /// Where the Python module is not installed, there is nothing to compare with.
        @Test(
            .enabled(if: hasModules, "the Python modules rfc8785 and jcs are not installed"),
            arguments: ["rfc8785", "jcs"]
        )
        func otherImplementationsWriteTheSameBytes(module: String) throws {
            var random = SplitMix64(seed: 8785)
            var lines: [UInt8] = []
            for number in 0..<Self.statements {
                let statement =
                    number % 2 == 0
                    ? Self.value(&random, depth: 0) : Self.statement(&random, number)
                lines += statement.canonicalBytes + [UInt8(ascii: "\n")]
            }
            let path = try Program.temporaryFile(lines)
            defer { unlink(path) }
            let answer = try Program.output(of: ["python3", "-c", Self.script, module, path])
            #expect(answer == Array("equal".utf8))
        }

        /// Reads lines of base64; prints the canonical form of each text of the profile in base64
        /// too, and a hyphen for any other.
        private static let reader = #"""
            import base64, json, re, sys
            def refuse(*_): raise ValueError("outside the profile")
            def integer(text):
                if text == "-0" or abs(int(text)) >= 2**53: refuse()
                return int(text)
            def members(pairs):
                names = [name for name, _ in pairs]
                if len(set(names)) != len(names): refuse()
                if not all(re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name) for name in names): refuse()
                return dict(pairs)
            def holds_null(value):
                if isinstance(value, dict): value = list(value.values())
                if isinstance(value, list): return any(map(holds_null, value))
                return isinstance(value, str) and "\0" in value
            for line in open(sys.argv[1]):
                try:
                    value = json.loads(base64.b64decode(line).decode(), parse_int=integer,
                        parse_float=refuse, parse_constant=refuse, object_pairs_hook=members)
                    if holds_null(value): refuse()
                    text = json.dumps(value, sort_keys=True, separators=(",", ":"),
                        ensure_ascii=False).encode()
                    print(base64.b64encode(text).decode())
                except (ValueError, RecursionError):
                    print("-")
            """#

        @Test(.enabled(if: AuditProofOracleTests.hasPython, "python3 is not installed"))
        func pythonReadsTheSameOfTextsThatAreNearlyJSON() throws {
            var random = SplitMix64(seed: 8259)
            let texts = (0..<8 * Self.statements).map { number -> [UInt8] in
                // In short texts, a mutation meets every place soon.
                let value =
                    number % 8 == 0
                    ? Self.statement(&random, number)
                    : .array([Self.value(&random, depth: 3), Self.value(&random, depth: 2)])
                return Self.mutated(value.canonicalBytes, &random)
            }
            let lines = texts.map { Array("\(Base64.encode($0))\n".utf8) }
            let path = try Program.temporaryFile(lines.flatMap(\.self))
            defer { unlink(path) }
            let answer = try #require(try Program.output(of: ["python3", "-c", Self.reader, path]))
            let theirs = String(decoding: answer, as: UTF8.self).split(separator: "\n")
            try #require(theirs.count == texts.count)
            var accepted = 0
            for (text, their) in zip(texts, theirs) {
                let own: String
                do {
                    own = try Base64.encode(JSONValue(parsing: text).canonicalBytes)
                    accepted += 1
                } catch {
                    own = "-"
                }
                #expect(own == their, "\(String(decoding: text, as: UTF8.self))")
                let isCanonical = (try? JSONValue(canonical: text)) != nil
                #expect(isCanonical == (Base64.encode(text) == own))
            }
            // Both answers must occur, or nothing was compared.
            #expect(accepted > texts.count / 20 && accepted < texts.count)
        }

        static let hasModules: Bool = {
            do {
                return try Program.output(of: ["python3", "-c", "import rfc8785, jcs"]) != nil
            } catch {
                return false
            }
        }()

        /// One to three bytes of a text replaced, taken away, doubled or put in.
        private static func mutated(_ text: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
            let likely = Array(
                "{}[]:,\"\\0123456789-+.eEuntrflasx \t\n\r\0\u{7F}\u{C3}\u{2028}".utf8
            )
            var text = text
            for _ in 0..<Int.random(in: 1...3, using: &random) where !text.isEmpty {
                let place = Int.random(in: text.indices, using: &random)
                let byte =
                    Bool.random(using: &random)
                    ? likely[Int.random(in: likely.indices, using: &random)]
                    : UInt8.random(in: 0...255, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: text[place] = byte
                case 1: text.remove(at: place)
                case 2: text.insert(text[place], at: place)
                default: text.insert(byte, at: place)
                }
            }
            return text
        }

        /// What is signed, as far as its form goes.
        private static func statement(_ random: inout SplitMix64, _ number: Int) -> JSONValue {
            .object([
                "_type": "https://in-toto.io/Statement/v1".json,
                "subject": .array([
                    .object([
                        "digest": .object([
                            "sha256": SHA256.digest(of: [UInt8(truncatingIfNeeded: number)]).json
                        ]),
                        "name": text(&random).json,
                    ])
                ]),
                "predicateType": "urn:deploykit:predicate:sign-off:v1".json,
                "predicate": .object([
                    "meaning": text(&random).json, "size": number.json,
                    "details": value(&random, depth: 2),
                ]),
            ])
        }

        private static func value(_ random: inout SplitMix64, depth: Int) -> JSONValue {
            switch Int.random(in: 0...(depth < 4 ? 6 : 4), using: &random) {
            case 0: return .null
            case 1: return .boolean(Bool.random(using: &random))
            case 2:
                let largest = JSONValue.largestInteger
                return .integer(Int64.random(in: -largest...largest, using: &random))
            case 3, 4: return .string(text(&random))
            case 5:
                return .array(
                    (0..<Int.random(in: 0...4, using: &random)).map { _ in
                        value(&random, depth: depth + 1)
                    }
                )
            default:
                var members = JSONObject()
                for _ in 0..<Int.random(in: 0...4, using: &random) {
                    let names = ["a", "B", "_x", "aa", "a1", "Z9", "signOff"]
                    let name = names[Int.random(in: names.indices, using: &random)]
                    members[name] = value(&random, depth: depth + 1)
                }
                return .object(members)
            }
        }

        private static func text(_ random: inout SplitMix64) -> String {
            let ranges: [ClosedRange<UInt32>] = [
                1...0x7F, 0x80...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFF, 0x10000...0x10FFFF,
            ]
            var text = ""
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let range = ranges[Int.random(in: ranges.indices, using: &random)]
                if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) {
                    text.unicodeScalars.append(scalar)
                }
            }
            return text
        }
    }
#endif
