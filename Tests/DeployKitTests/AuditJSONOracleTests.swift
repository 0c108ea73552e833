// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import DeployKit
    import DeployKitTesting
    import Glibc
    import Testing

    /// The canonical form, as another implementation of RFC 8785 writes it.
    @Suite struct AuditJSONOracleTests {
        private static let script = """
            import json, sys, rfc8785
            for number, line in enumerate(open(sys.argv[1], "rb").read().split(b"\\n")[:-1]):
                if rfc8785.dumps(json.loads(line)) != line:
                    sys.exit("line %d differs" % number)
            print("equal", end="")
            """

        /// Where the Python module is not installed, there is nothing to compare with.
        @Test(.enabled(if: hasModule, "the Python module rfc8785 is not installed"))
        func rfc8785WritesTheSameBytes() throws {
            var random = SplitMix64(seed: 8785)
            var lines: [UInt8] = []
            for _ in 0..<2000 {
                lines += Self.value(&random, depth: 0).canonicalBytes + [UInt8(ascii: "\n")]
            }
            let path = try Program.temporaryFile(lines)
            defer { unlink(path) }
            let answer = try Program.output(of: ["python3", "-c", Self.script, path])
            #expect(answer == Array("equal".utf8))
        }

        static let hasModule: Bool = {
            do { return try Program.output(of: ["python3", "-c", "import rfc8785"]) != nil } catch {
                return false
            }
        }()

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
