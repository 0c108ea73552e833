// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Values that stand where a real one is still to be filled in.
package enum Placeholder {
    private static let words: Set<String> = [
        "default_id", "contract_id", "admin_secret_key", "admin_address", "test-secret", "example",
        "placeholder", "tbd", "todo", "change-in-production", "undefined", "null", "none", "n/a",
        "c...", "g...", "s...", "0x...", "c…", "g…", "s…", "0x…", "...", "…",
    ]

    /// Tells whether `value` is one: empty, a known word, `your-…`, `<…>`, `${…}`, one character
    /// other than a digit three times or more, the zero address or the zero contract.
    package static func isPlaceholder(_ value: String) -> Bool {
        let text = value.lowercased()
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last else { return true }
        if words.contains(text) || text.hasPrefix("your-") || text.hasPrefix("your_") {
            return true
        }
        if text.hasPrefix("dev-") || text.hasPrefix("change") && text.hasSuffix("me") {
            return true
        }
        if contains(bytes, "-at-least-") || contains(bytes, "change-in-production") { return true }
        if first == UInt8(ascii: "<"), last == UInt8(ascii: ">") { return true }
        if text.hasPrefix("${"), last == UInt8(ascii: "}") { return true }
        let isDigit = (0x30...0x39).contains(first)
        if bytes.count >= 3, !isDigit, bytes.allSatisfy({ $0 == first }) { return true }
        return isZero(bytes)
    }

    private static func isZero(_ bytes: [UInt8]) -> Bool {
        if bytes.starts(with: "0x".utf8), bytes.count == 42 {
            return bytes.dropFirst(2).allSatisfy { $0 == UInt8(ascii: "0") }
        }
        // The texts of 32 zero bytes differ in their kind and checksum only.
        return bytes.count == 56
            && bytes[2..<52].allSatisfy { $0 == UInt8(ascii: "a") }
    }

    private static func contains(_ bytes: [UInt8], _ word: String) -> Bool {
        let word = Array(word.utf8)
        guard bytes.count >= word.count else { return false }
        return (0...bytes.count - word.count).contains { bytes[$0...].starts(with: word) }
    }
}
