// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Reads the wire format of SSH (RFC 4251, section 5): what is missing or left over is refused.
struct SSHBytes {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Collection<UInt8>) {
        rest = Array(bytes)[...]
    }

    var isEmpty: Bool { rest.isEmpty }

    mutating func take(_ count: Int, _ what: String) throws(SSHSignatureError) -> [UInt8] {
        guard rest.count >= count else {
            throw SSHSignatureError(
                .malformed,
                "\(what) ends after \(rest.count) of \(count) bytes"
            )
        }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func number(_ what: String) throws(SSHSignatureError) -> Int {
        try take(4, what).reduce(0) { $0 << 8 | Int($1) }
    }

    mutating func string(_ what: String) throws(SSHSignatureError) -> [UInt8] {
        let count = try number(what)
        return try take(count, what)
    }

    mutating func text(_ what: String) throws(SSHSignatureError) -> String {
        let bytes = try string(what)
        guard let text = String(validating: bytes, as: UTF8.self),
            bytes.allSatisfy({ 0x20..<0x7F ~= $0 })
        else { throw SSHSignatureError(.malformed, "\(what) is no printable ASCII") }
        return text
    }

    /// A positive integer in its one spelling: no zero, no sign, no needless leading byte.
    mutating func positive(_ what: String) throws(SSHSignatureError) -> [UInt8] {
        let bytes = try string(what)
        guard let first = bytes.first, first < 0x80,
            first != 0 || (bytes.count > 1 && bytes[1] >= 0x80)
        else { throw SSHSignatureError(.malformed, "\(what) is no positive number") }
        return first == 0 ? Array(bytes.dropFirst()) : bytes
    }

    func finish(_ what: String) throws(SSHSignatureError) {
        guard rest.isEmpty else {
            throw SSHSignatureError(.malformed, "\(rest.count) bytes follow \(what)")
        }
    }

    static func string(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let count = UInt32(bytes.count)
        return (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) } + bytes
    }
}
