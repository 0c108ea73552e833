// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Files that a person names.
enum InputFile {
    /// The largest document that is read.
    static let documentLimit = 16 << 20

    /// The bytes of a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: How many bytes it may have.
    ///   - isRegular: Whether pipes, devices and the like are refused, which could keep the reader
    ///     waiting.
    /// - Returns: The bytes.
    /// - Throws: `InputError` for what cannot be read, a folder, and more than `limit` bytes.
    static func bytes(
        _ path: String,
        limit: Int = documentLimit,
        isRegular: Bool = false
    ) throws(InputError) -> [UInt8] {
        var result: [UInt8] = []
        try pieces(path, limit: limit, isRegular: isRegular) { result += $0 }
        return result
    }

    /// Hands over the bytes of a file in pieces.
    ///
    /// - Throws: `InputError` for what cannot be read, a folder, and more than `limit` bytes.
    static func pieces(
        _ path: String,
        limit: Int,
        isRegular: Bool = false,
        _ take: ([UInt8]) -> Void
    ) throws(InputError) {
        // To open a pipe that nobody writes to would wait for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | (isRegular ? O_NONBLOCK : 0))
        guard descriptor >= 0 else {
            throw InputError(.unreadable, "'\(path)' cannot be read: \(World.reason(errno))")
        }
        defer { _ = close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw InputError(.unreadable, "'\(path)' cannot be read: \(World.reason(errno))")
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            throw InputError(.unreadable, "'\(path)' is a folder, not a file")
        }
        if isRegular, status.st_mode & S_IFMT != S_IFREG {
            throw InputError(.unreadable, "'\(path)' is no regular file")
        }
        if status.st_mode & S_IFMT == S_IFREG, status.st_size > limit {
            throw tooLarge(path, Int(status.st_size), limit)
        }
        var total = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw InputError(.unreadable, "'\(path)' cannot be read: \(World.reason(errno))")
            }
            if count == 0 { return }
            total += count
            if total > limit { throw tooLarge(path, total, limit) }
            take(Array(buffer[..<count]))
        }
    }

    /// The bytes of a text file, known to be UTF-8 and to hold more than white space.
    ///
    /// - Throws: `InputError`.
    static func document(_ path: String) throws(InputError) -> (bytes: [UInt8], text: String) {
        let bytes = try bytes(path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw InputError(
                .notText,
                "'\(path)' is not UTF-8: the first wrong byte is at offset \(firstWrongByte(bytes))"
            )
        }
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw InputError(.empty, "'\(path)' is empty: there is nothing to read")
        }
        return (bytes, text)
    }

    private static func tooLarge(_ path: String, _ size: Int, _ limit: Int) -> InputError {
        InputError(
            .tooLarge,
            "'\(path)' has \(amount(size)) or more; \(amount(limit)) are the limit"
        )
    }

    private static func amount(_ bytes: Int) -> String {
        bytes >> 20 > 0 ? "\(bytes >> 20) MiB" : "\(bytes >> 10) KiB"
    }

    private static func firstWrongByte(_ bytes: [UInt8]) -> Int {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var offset = 0
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            offset += UTF8.width(scalar)
        }
        return offset
    }
}
