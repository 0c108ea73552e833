// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Canonical JSON text on its way to somebody who takes it piece by piece.
///
/// Members are a few bytes each, and there are hundreds of thousands of them in a long checklist:
/// room is looked for once a member, and its bytes are then laid down without asking again.
struct JSONText: JSONMembersTaking {
    /// As many bytes are handed over at once.
    private static let pieceCount = 1 << 16

    private let take: (ArraySlice<UInt8>) -> Void
    /// What was written and not handed over, and free room behind it.
    private var room: [UInt8] = Array(repeating: 0, count: Self.pieceCount)
    private var count = 0
    /// Whether nothing stands yet in the object that is being written.
    private var isFirst = true

    /// A text of which nothing is written yet.
    init(handingTo take: @escaping (ArraySlice<UInt8>) -> Void) { self.take = take }

    /// Hands over what was written since the last time.
    mutating func handOver() {
        if count > 0 { take(room[..<count]) }
        count = 0
    }

    /// Writes an object.
    mutating func append(_ object: some JSONObjectForm) {
        let outer = isFirst
        isFirst = true
        write(1) { $0.lay(UInt8(ascii: "{")) }
        object.tell(&self)
        write(1) { $0.lay(UInt8(ascii: "}")) }
        isFirst = outer
    }

    mutating func take(_ name: StaticString, _ text: String) {
        let isDone: Bool? = unsafe text.utf8.withContiguousStorageIfAvailable { utf8 in
            guard !JSONValue.needsEscapes(unsafe utf8.span) else { return false }
            let separates = separates()
            write(Self.most(name) + utf8.count + 2) { pen in
                pen.lay(name, separates)
                unsafe pen.quote(utf8)
            }
            return true
        }
        if isDone != true { take(name, escaped: text) }
    }

    private mutating func take(_ name: StaticString, escaped text: String) {
        begin(name)
        append(escaped: text)
    }

    mutating func take(_ name: StaticString, _ texts: [String]) {
        begin(name)
        write(1) { $0.lay(UInt8(ascii: "[")) }
        for position in texts.indices {
            if position > 0 { write(1) { $0.lay(UInt8(ascii: ",")) } }
            append(texts[position])
        }
        write(1) { $0.lay(UInt8(ascii: "]")) }
    }

    mutating func take(_ name: StaticString, _ number: Int) {
        let separates = separates()
        write(Self.most(name) + 20) { pen in
            pen.lay(name, separates)
            pen.lay(number)
        }
    }

    mutating func take(_ name: StaticString, _ flag: Bool) {
        let separates = separates()
        let word: StaticString = flag ? "true" : "false"
        write(Self.most(name) + 5) { pen in
            pen.lay(name, separates)
            pen.lay(word)
        }
    }

    mutating func take(_ name: StaticString, _ value: JSONValue) {
        begin(name)
        append(value.canonicalBytes)
    }

    mutating func take(_ name: StaticString, _ objects: [some JSONObjectForm]) {
        begin(name)
        write(1) { $0.lay(UInt8(ascii: "[")) }
        for position in objects.indices {
            if position > 0 { write(1) { $0.lay(UInt8(ascii: ",")) } }
            append(objects[position])
        }
        write(1) { $0.lay(UInt8(ascii: "]")) }
    }

    private mutating func append(_ text: String) {
        let isDone: Bool? = unsafe text.utf8.withContiguousStorageIfAvailable { utf8 in
            guard !JSONValue.needsEscapes(unsafe utf8.span) else { return false }
            write(utf8.count + 2) { unsafe $0.quote(utf8) }
            return true
        }
        if isDone != true { append(escaped: text) }
    }

    private mutating func append(escaped text: String) {
        append(JSONValue.string(text).canonicalBytes)
    }

    private mutating func append(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            write(bytes.count) { unsafe $0.lay(bytes) }
        }
    }

    private mutating func begin(_ name: StaticString) {
        let separates = separates()
        write(Self.most(name)) { $0.lay(name, separates) }
    }

    /// Whether a comma stands before the member that comes now.
    private mutating func separates() -> Bool {
        defer { isFirst = false }
        return !isFirst
    }

    /// The bytes of a comma, the name in quotes and a colon.
    private static func most(_ name: StaticString) -> Int { name.utf8CodeUnitCount + 4 }

    // MARK: Room

    /// Has at most so many bytes laid down at the end of the text.
    @inline(__always)
    private mutating func write(_ most: Int, _ body: (inout Pen) -> Void) {
        if room.count - count < most { makeRoom(for: most) }
        let start = count
        count = unsafe room.withUnsafeMutableBufferPointer { room in
            var pen = unsafe Pen(room, at: start)
            body(&pen)
            return pen.position
        }
    }

    private mutating func makeRoom(for most: Int) {
        handOver()
        if room.count < most { room = Array(repeating: 0, count: most) }
    }
}

/// Lays bytes down in room that was made before.
@safe
private struct Pen {
    private let room: UnsafeMutableBufferPointer<UInt8>
    /// Where the next byte goes.
    private(set) var position: Int

    @unsafe
    init(_ room: UnsafeMutableBufferPointer<UInt8>, at position: Int) {
        unsafe self.room = room
        self.position = position
    }

    /// Where the next bytes go, which must have room.
    @inline(__always)
    private mutating func advance(_ count: Int) -> Int {
        precondition(unsafe count <= room.count &- position, "more bytes than room was made for")
        defer { position &+= count }
        return position
    }

    @inline(__always)
    mutating func lay(_ byte: UInt8) {
        let place = advance(1)
        unsafe room[place] = byte
    }

    @inline(__always)
    mutating func lay(_ bytes: UnsafeBufferPointer<UInt8>) {
        let place = advance(bytes.count)
        if let start = unsafe room.baseAddress, let source = bytes.baseAddress {
            unsafe (start + place).update(from: source, count: bytes.count)
        }
    }

    @inline(__always)
    mutating func lay(_ word: StaticString) {
        unsafe lay(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func quote(_ bytes: UnsafeBufferPointer<UInt8>) {
        lay(UInt8(ascii: "\""))
        unsafe lay(bytes)
        lay(UInt8(ascii: "\""))
    }

    /// The name of a member, and a comma before it where one parts it from another.
    @inline(__always)
    mutating func lay(_ name: StaticString, _ separates: Bool) {
        if separates { lay(UInt8(ascii: ",")) }
        lay(UInt8(ascii: "\""))
        lay(name)
        lay(UInt8(ascii: "\""))
        lay(UInt8(ascii: ":"))
    }

    @inline(__always)
    mutating func lay(_ number: Int) {
        if number < 0 { lay(UInt8(ascii: "-")) }
        var rest = number.magnitude
        var digits = 1
        var limit: UInt = 10
        while digits < 19, rest >= limit { (digits, limit) = (digits + 1, limit &* 10) }
        let place = advance(digits)
        for back in 1...digits {
            let digit = UInt8(truncatingIfNeeded: rest % 10)
            unsafe room[place &+ digits &- back] = UInt8(ascii: "0") &+ digit
            rest /= 10
        }
    }
}
