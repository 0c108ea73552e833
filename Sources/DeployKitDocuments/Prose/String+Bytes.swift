// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension String {
    /// Calls `body` with the UTF-8 bytes.
    func withBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        let result = unsafe utf8.withContiguousStorageIfAvailable { bytes in
            body(unsafe bytes.span)
        }
        return result ?? body(Array(utf8).span)
    }

    /// Tells whether the UTF-8 bytes of `other` stand in this text.
    ///
    /// The standard library's search compares by characters and prepares a table at every call,
    /// which took half the time of a document. Many phrases are looked for at once by a
    /// ``PhraseList``.
    func holds(_ other: String) -> Bool {
        withBytes { text in other.withBytes { text.firstOffset(of: $0) != nil } }
    }
}

extension String {
    /// Tells whether a byte of UTF-8 stands in this text.
    func holds(_ byte: UInt8) -> Bool {
        withBytes { bytes in
            for offset in bytes.indices where bytes[offset] == byte { return true }
            return false
        }
    }
}

extension Span<UInt8> {
    /// Whether `bytes` stand at an offset.
    func holds(_ bytes: Span<UInt8>, at start: Int) -> Bool {
        guard bytes.count <= count - start else { return false }
        for offset in bytes.indices where self[start + offset] != bytes[offset] { return false }
        return true
    }

    /// Where `bytes` stand for the first time.
    func firstOffset(of bytes: Span<UInt8>) -> Int? {
        guard bytes.count > 0 else { return 0 }
        guard bytes.count <= count else { return nil }
        for start in 0...count - bytes.count
        where self[start] == bytes[0] && holds(bytes, at: start) {
            return start
        }
        return nil
    }
}

extension String {
    /// The text of UTF-8 bytes.
    init(_ bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The text of UTF-8 bytes, the letters of ASCII in lower case.
    init(lowercasing bytes: Span<UInt8>) {
        self = unsafe String(unsafeUninitializedCapacity: bytes.count) { text in
            for offset in bytes.indices { unsafe text[offset] = bytes[offset].lowercased }
            return bytes.count
        }
    }
}
