// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// Reads JSON text (RFC 8259) of the canonical profile, members in any order and with white
    /// space between tokens.
    ///
    /// Refused are fractions, exponents, `-0` and numbers beyond ±(2^53 − 1); a name twice in one
    /// object, and names outside `[A-Za-z_][A-Za-z0-9_]*`; U+0000, lone surrogates, invalid UTF-8
    /// and a byte order mark; trailing commas, comments and anything after the value.
    ///
    /// - Throws: ``JSONError``, code `syntax` with the byte offset, or code `limit`.
    public init(
        parsing bytes: some Collection<UInt8>,
        within limits: JSONLimits = .record
    ) throws(JSONError) {
        guard bytes.count <= limits.totalBytes else {
            throw JSONError(
                .limit,
                "the text has \(bytes.count) bytes, more than \(limits.totalBytes)"
            )
        }
        var reader = JSONReader(bytes: Array(bytes), limits: limits)
        self = try reader.document()
    }

    /// Reads JSON text of the canonical profile.
    ///
    /// - Throws: ``JSONError`` as `init(parsing:within:)` of bytes does.
    public init(parsing text: String, within limits: JSONLimits = .record) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), within: limits)
    }

    /// Reads canonical bytes: exactly those that ``canonicalBytes`` writes for the value.
    ///
    /// - Throws: ``JSONError`` as `init(parsing:within:)` does, and code `notCanonical` for text
    ///   of the profile in another spelling.
    public init(
        canonical bytes: some Collection<UInt8>,
        within limits: JSONLimits = .record
    ) throws(JSONError) {
        let given = Array(bytes)
        if given.count <= limits.totalBytes {
            var reader = JSONReader(bytes: given, limits: limits, isStrict: true)
            if let value = try? reader.document() {
                self = value
                return
            }
        }
        // What is wrong is found out at leisure.
        let value = try JSONValue(parsing: given, within: limits)
        let expected = value.canonicalBytes(likelyCount: given.count)
        guard expected == given else {
            let offset = zip(expected, given).enumerated().first { $1.0 != $1.1 }?.offset
            throw JSONError(
                .notCanonical,
                "the text differs from its canonical form at byte \(offset ?? expected.count)"
            )
        }
        self = value
    }
}

private struct JSONReader {
    let bytes: [UInt8]
    let limits: JSONLimits
    /// Whether every spelling but the canonical one is refused.
    let isStrict: Bool
    private var position = 0
    private var depth = 0
    private var members = 0

    init(bytes: [UInt8], limits: JSONLimits, isStrict: Bool = false) {
        self.bytes = bytes
        self.limits = limits
        self.isStrict = isStrict
    }

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try value()
        skipSpace()
        guard position == bytes.count else { throw refusal("something follows the value") }
        return value
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        skipSpace()
        guard let next else { throw refusal("the text ends where a value is expected") }
        switch next {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .boolean(true))
        case UInt8(ascii: "f"): return try literal("false", .boolean(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw refusal("a value is expected")
        }
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        let opening = position
        try enter()
        var members: [JSONObject.Member] = []
        skipSpace()
        if take(UInt8(ascii: "}")) {
            depth -= 1
            return .object(JSONObject())
        }
        members.reserveCapacity(8)  // most objects of a log have about as many
        var isInOrder = true
        while true {
            skipSpace()
            let start = position
            guard next == UInt8(ascii: "\"") else { throw refusal("a member's name is expected") }
            let name = try string()
            guard JSONValue.isName(name.utf8) else {
                throw refusal("a member's name is not of [A-Za-z_][A-Za-z0-9_]*", at: start)
            }
            try count()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw refusal("':' is expected") }
            if let last = members.last, !last.name.precedesByBytes(name) {
                guard !isStrict else { throw refusal("the members are not in order", at: start) }
                isInOrder = false
            }
            members.append(JSONObject.Member(name: name, value: try value()))
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw refusal("',' or '}' is expected") }
            depth -= 1
            return .object(try isInOrder ? JSONObject(inOrder: members) : sorted(members, opening))
        }
    }

    private func sorted(
        _ members: [JSONObject.Member],
        _ opening: Int
    ) throws(JSONError) -> JSONObject {
        let sorted = members.sorted { $0.name.precedesByBytes($1.name) }
        for (member, next) in zip(sorted, sorted.dropFirst())
        where member.name.hasSameBytes(as: next.name) {
            throw refusal("the member '\(member.name)' stands there twice", at: opening)
        }
        return JSONObject(inOrder: sorted)
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        try enter()
        var values: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) {
            depth -= 1
            return .array(values)
        }
        while true {
            try count()
            values.append(try value())
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else { throw refusal("',' or ']' is expected") }
            depth -= 1
            return .array(values)
        }
    }

    private mutating func literal(
        _ text: String,
        _ value: JSONValue
    ) throws(JSONError) -> JSONValue {
        guard bytes[position...].starts(with: text.utf8) else {
            throw refusal("a value is expected")
        }
        position += text.utf8.count
        return value
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        let isNegative = take(UInt8(ascii: "-"))
        let first = position
        var magnitude: Int64 = 0
        while let digit = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
            magnitude = magnitude * 10 + Int64(digit - UInt8(ascii: "0"))
            guard magnitude <= JSONValue.largestInteger else {
                throw refusal("a number is beyond ±(2^53 - 1)", at: start)
            }
            position += 1
        }
        guard position > first else { throw refusal("a digit is expected") }
        if let byte = next, ".eE".utf8.contains(byte) {
            throw refusal("a number has a fraction or exponent; write it as a string", at: start)
        }
        guard bytes[first] != UInt8(ascii: "0") || (position == first + 1 && !isNegative) else {
            throw refusal("a number starts with a zero too many, or is -0", at: start)
        }
        return .integer(isNegative ? -magnitude : magnitude)
    }

    private mutating func string() throws(JSONError) -> String {
        let start = position
        position += 1
        var content: [UInt8] = []
        var copied = position
        while true {
            guard let byte = next else { throw refusal("a string has no end", at: start) }
            switch byte {
            case UInt8(ascii: "\""):
                let end = position
                position += 1
                let count = content.count + end - copied
                guard count <= limits.stringBytes else {
                    throw JSONError(
                        .limit,
                        "a string has \(count) bytes, more than \(limits.stringBytes)"
                    )
                }
                // Without an escape, which is the rule, the text is read where it stands.
                let isPlain = content.isEmpty
                if !isPlain { content.append(contentsOf: bytes[copied..<end]) }
                guard let text = String(checking: isPlain ? bytes[copied..<end] : content[...])
                else { throw refusal("a string is not UTF-8", at: start) }
                return text
            case UInt8(ascii: "\\"):
                content.append(contentsOf: bytes[copied..<position])
                try escape(into: &content)
                copied = position
            case 0..<0x20: throw refusal("a string has a control character that is not escaped")
            default: position += 1
            }
        }
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
        let start = position
        position += 1
        guard let byte = next else { throw refusal("a string has no end", at: start) }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): content.append(byte)
        case UInt8(ascii: "/") where !isStrict: content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "u"):
            let scalar = try escapedScalar(from: start)
            if isStrict { try checkSpelling(of: scalar, from: start) }
            content.append(contentsOf: Character(scalar).utf8)
        default: throw refusal("an escape is not known", at: start)
        }
    }

    /// Refuses an escape `\u…` unless it is the canonical one: of a control character that has no
    /// shorter escape, in lowercase digits.
    private func checkSpelling(
        of scalar: Unicode.Scalar,
        from start: Int
    ) throws(JSONError) {
        let hasShorter = ([0x08, 0x09, 0x0A, 0x0C, 0x0D] as [UInt32]).contains(scalar.value)
        let isUppercase = bytes[start..<position].contains { (0x41...0x5A).contains($0) }
        guard scalar.value < 0x20, !hasShorter, !isUppercase else {
            throw refusal("an escape has a shorter form", at: start)
        }
    }

    private mutating func escapedScalar(from start: Int) throws(JSONError) -> Unicode.Scalar {
        var value = try fourDigits(from: start)
        if 0xD800..<0xDC00 ~= value, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
            let low = try fourDigits(from: start)
            guard 0xDC00..<0xE000 ~= low else {
                throw refusal("a surrogate stands alone", at: start)
            }
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw refusal("a surrogate stands alone", at: start)
        }
        guard value != 0 else { throw refusal("a string contains U+0000", at: start) }
        return scalar
    }

    private mutating func fourDigits(from start: Int) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw refusal("an escape needs four hexadecimal digits", at: start)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        if isStrict { return }
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private mutating func enter() throws(JSONError) {
        position += 1
        depth += 1
        try limits.check(depth: depth)
    }

    private mutating func count() throws(JSONError) {
        members += 1
        try limits.check(members: members)
    }

    private func refusal(_ message: String, at offset: Int? = nil) -> JSONError {
        JSONError(.syntax, "\(message), at byte \(offset ?? position)")
    }
}

extension String {
    /// Takes UTF-8.
    ///
    /// - Returns: `nil` for other bytes.
    package init?(checking bytes: ArraySlice<UInt8>) {
        // Nearly every text of a log is ASCII, which needs no validation of sequences.
        if bytes.allSatisfy({ $0 < 0x80 }) {
            self.init(decoding: bytes, as: UTF8.self)
        } else {
            self.init(validating: bytes, as: UTF8.self)
        }
    }
}
