// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Takes one stream as it arrives: redacts it, digests it, and keeps its two ends.
struct OutputKeeper {
    private var redaction: Redactor.Stream?
    private var sieve: SecretSieve?
    private var digester: (any ByteDigester)?
    private var head: [UInt8] = []
    private var ring: [UInt8] = []
    private var oldest = 0
    private var count = 0
    private let headLimit: Int
    private let tailLimit: Int

    init(
        redactor: Redactor,
        sieve: SecretSieve? = nil,
        limit: Int,
        digester: (any ByteDigester)?
    ) {
        redaction = redactor.isEmpty ? nil : redactor.stream()
        self.sieve = sieve
        self.digester = digester
        headLimit = max(limit, 0) - max(limit, 0) / 2
        tailLimit = max(limit, 0) / 2
    }

    /// Takes raw bytes; returns the redacted bytes that are now certain.
    mutating func take(_ bytes: [UInt8]) -> [UInt8] {
        var certain = redaction?.redact(bytes) ?? bytes
        if sieve != nil { certain = sieve?.sift(certain) ?? certain }
        keep(certain)
        return certain
    }

    /// Whether there was more than is kept.
    var hasDropped: Bool { count > headLimit + tailLimit }

    /// Ends the stream; returns the bytes that were held back.
    mutating func end() -> [UInt8] {
        var rest = redaction?.finish() ?? []
        if sieve != nil { rest = (sieve?.sift(rest) ?? rest) + (sieve?.finish() ?? []) }
        keep(rest)
        return rest
    }

    var captured: CapturedOutput {
        let tail = Array(ring[oldest...] + ring[..<oldest])
        let dropped = count - head.count - tail.count
        return dropped == 0
            ? CapturedOutput(head: head + tail, digest: digester?.finish())
            : CapturedOutput(
                head: head,
                tail: tail,
                droppedBytes: dropped,
                digest: digester?.finish()
            )
    }

    private mutating func keep(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        digester?.update(bytes)
        count += bytes.count
        let first = min(headLimit - head.count, bytes.count)
        head.append(contentsOf: bytes[..<first])
        var rest = bytes[first...].suffix(tailLimit)
        let growth = min(tailLimit - ring.count, rest.count)
        ring.append(contentsOf: rest.prefix(growth))
        rest = rest.dropFirst(growth)
        while !rest.isEmpty {
            let piece = rest.prefix(ring.count - oldest)
            ring.replaceSubrange(oldest..<oldest + piece.count, with: piece)
            oldest = (oldest + piece.count) % ring.count
            rest = rest.dropFirst(piece.count)
        }
    }
}
