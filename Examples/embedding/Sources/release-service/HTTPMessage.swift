// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// A request, as far as this service needs it: `Content-Length` bodies, no chunks, no upgrades.
struct HTTPRequest: Sendable {
    /// The most bytes of a head and of a body that are read.
    static let (largestHead, largestBody) = (16_384, 65_536)

    let method: String
    /// The parts of the path between its slashes, percent signs decoded.
    let path: [String]
    /// What stands behind `Bearer` in the `Authorization` field.
    let token: String?
    let bodyLength: Int
    var body: [UInt8] = []

    /// Reads a head, without the empty line that ends it; `nil` for what is none.
    init?(head: [UInt8]) {
        guard let text = String(validating: head, as: UTF8.self) else { return nil }
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)[...]
        let words = lines.removeFirst().split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[1].first == "/", words[2].hasPrefix("HTTP/1.") else {
            return nil
        }
        method = String(words[0])
        let target = words[1].prefix { $0 != "?" }
        let parts = target.split(separator: "/").map(Self.decoded)
        guard !parts.contains(nil) else { return nil }
        path = parts.compactMap(\.self)
        var (token, length) = (String?.none, 0)
        for line in lines {
            let field = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard field.count == 2 else { return nil }
            let value = field[1].drop { $0 == " " }
            switch field[0].lowercased() {
            case "content-length":
                guard let count = Int(value), (0...Self.largestBody).contains(count) else {
                    return nil
                }
                length = count
            case "transfer-encoding": return nil
            case "authorization" where value.lowercased().hasPrefix("bearer "):
                token = String(value.dropFirst("Bearer ".count))
            default: break
            }
        }
        (self.token, bodyLength) = (token, length)
    }

    private static func decoded(_ part: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(part.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// An answer.
struct HTTPResponse: Sendable {
    var status: Int
    var type: String
    var body: [UInt8]

    /// An answer in JSON.
    static func json(_ value: JSONValue, status: Int = 200) -> Self {
        Self(status: status, type: "application/json", body: value.canonicalBytes + [0x0A])
    }

    /// An answer that says what is wrong.
    static func problem(_ status: Int, _ sentence: String) -> Self {
        .json(.members(["error": .string(sentence)]), status: status)
    }

    /// The bytes to send; the connection is closed after them.
    var bytes: [UInt8] {
        let reasons = [
            200: "OK", 201: "Created", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
            404: "Not Found", 409: "Conflict", 500: "Internal Server Error",
            503: "Service Unavailable",
        ]
        let head =
            "HTTP/1.1 \(status) \(reasons[status] ?? "Answer")\r\nContent-Type: \(type)\r\n"
            + "Content-Length: \(body.count)\r\nCache-Control: no-store\r\n"
            + "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
        return Array(head.utf8) + body
    }
}
