// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Replaces secrets in bytes by `[redacted:NAME]`.
///
/// Every byte that belongs to some spelling of a secret (see ``init(_:)``) is hidden. Spellings
/// that overlap are hidden together, and each secret among them is named once, in the order of the
/// list. The work is linear in the bytes (Aho and Corasick 1975), whatever the number of secrets.
public struct Redactor: Sendable {
    private let automaton: SecretAutomaton

    /// Looks for these secrets: raw, per line, base64, hexadecimal, percent-encoded, and escaped
    /// for JSON, XML and shells.
    public init(_ secrets: [Secret]) {
        automaton = SecretAutomaton(secrets)
    }

    /// Whether there is nothing to look for.
    public var isEmpty: Bool { automaton.markers.isEmpty }

    /// Whether a text holds a secret, in whatever spelling.
    public func finds(in text: String) -> Bool {
        let bytes = Array(text.utf8)
        return redact(bytes) != bytes
    }

    /// Redacts bytes that are complete.
    public func redact(_ bytes: [UInt8]) -> [UInt8] {
        var stream = stream()
        return stream.redact(bytes) + stream.finish()
    }

    /// Redacts bytes that arrive piece by piece; how they are cut changes nothing.
    public func stream() -> Stream {
        Stream(automaton: automaton)
    }

    /// The state between two pieces: the bytes that may still turn out to belong to a secret.
    public struct Stream: Sendable {
        private struct Hidden {
            var start: Int
            var end: Int
            var secrets: Set<Int>
        }

        private let automaton: SecretAutomaton
        private var node = 0
        // Positions count from the start of the stream; `held` are the bytes from `written` on.
        private var position = 0
        private var written = 0
        private var held: [UInt8] = []
        private var hidden: [Hidden] = []

        init(automaton: SecretAutomaton) {
            self.automaton = automaton
        }

        /// Takes the next bytes; returns what is certain by now.
        public mutating func redact(_ bytes: [UInt8]) -> [UInt8] {
            held += bytes
            for byte in bytes {
                node = automaton.next(node, byte)
                position += 1
                let match = automaton.match(node)
                if match.length > 0 { hide(position - match.length, match.secret) }
            }
            return write(upTo: position - automaton.depth(node))
        }

        /// Ends the stream; returns what was held back, and starts anew.
        public mutating func finish() -> [UInt8] {
            let rest = write(upTo: position)
            self = Stream(automaton: automaton)
            return rest
        }

        private mutating func hide(_ start: Int, _ secret: Int) {
            var new = Hidden(start: start, end: position, secrets: [secret])
            while let last = hidden.last, last.end > new.start {
                new.start = min(new.start, last.start)
                new.secrets.formUnion(last.secrets)
                hidden.removeLast()
            }
            hidden.append(new)
        }

        private mutating func write(upTo certain: Int) -> [UInt8] {
            guard written < certain else { return [] }
            var result: [UInt8] = []
            let base = written
            func copy(upTo end: Int) {
                guard written < end else { return }
                result += held[(written - base)..<(end - base)]
                written = end
            }
            var done = 0
            for part in hidden {
                guard part.start < certain else { break }
                copy(upTo: part.start)
                // Bytes inside are let go even while its end is open: a run of overlapping
                // secrets may go on for ever.
                written = max(written, min(part.end, certain))
                // A spelling that begins before its end can still join it.
                guard part.end <= certain else { break }
                for secret in part.secrets.sorted() { result += automaton.markers[secret] }
                done += 1
            }
            hidden.removeFirst(done)
            if hidden.first.map({ $0.start < certain }) != true { copy(upTo: certain) }
            held.removeFirst(written - base)
            return result
        }
    }
}

/// The search automaton of Aho and Corasick over all spellings of all secrets.
final class SecretAutomaton: Sendable {
    /// What is written in place of each secret.
    let markers: [[UInt8]]

    // Node 0 is the root. Nearly every other node has one child, so children are linked lists.
    private struct Node {
        var byte: UInt8
        var depth: Int32
        var firstChild: Int32 = -1
        var nextSibling: Int32 = -1
        var failure: Int32 = 0
        var matchLength: Int32 = 0
        var secret: Int32 = -1
    }

    private let nodes: [Node]
    private let roots: [Int32]

    init(_ secrets: [Secret]) {
        markers = secrets.map { Array($0.description.utf8) }
        var nodes = [Node(byte: 0, depth: 0)]
        var roots = [Int32](repeating: 0, count: 256)
        for (secret, value) in secrets.enumerated() {
            for form in SecretForms.all(of: value.bytes) {
                var node: Int32 = 0
                for byte in form {
                    var child = Self.child(of: node, byte, nodes)
                    if child < 0 {
                        child = Int32(nodes.count)
                        var new = Node(byte: byte, depth: nodes[Int(node)].depth + 1)
                        new.nextSibling = nodes[Int(node)].firstChild
                        nodes.append(new)
                        nodes[Int(node)].firstChild = child
                        if node == 0 { roots[Int(byte)] = child }
                    }
                    node = child
                }
                if nodes[Int(node)].secret < 0 {
                    nodes[Int(node)].matchLength = Int32(form.count)
                    nodes[Int(node)].secret = Int32(secret)
                }
            }
        }
        Self.linkFailures(&nodes, roots)
        self.nodes = nodes
        self.roots = roots
    }

    func next(_ node: Int, _ byte: UInt8) -> Int {
        var node = Int32(node)
        while node != 0 {
            let child = Self.child(of: node, byte, nodes)
            if child >= 0 { return Int(child) }
            node = nodes[Int(node)].failure
        }
        return Int(roots[Int(byte)])
    }

    func depth(_ node: Int) -> Int { Int(nodes[node].depth) }

    /// The longest spelling that ends here; its length is 0 when there is none.
    func match(_ node: Int) -> (length: Int, secret: Int) {
        (Int(nodes[node].matchLength), Int(nodes[node].secret))
    }

    private static func child(of node: Int32, _ byte: UInt8, _ nodes: [Node]) -> Int32 {
        var child = nodes[Int(node)].firstChild
        while child >= 0, nodes[Int(child)].byte != byte { child = nodes[Int(child)].nextSibling }
        return child
    }

    private static func linkFailures(_ nodes: inout [Node], _ roots: [Int32]) {
        var queue = roots.filter { $0 > 0 }
        var index = 0
        while index < queue.count {
            let node = Int(queue[index])
            index += 1
            let failure = Int(nodes[node].failure)
            if nodes[node].matchLength == 0 {
                nodes[node].matchLength = nodes[failure].matchLength
                nodes[node].secret = nodes[failure].secret
            }
            var child = nodes[node].firstChild
            while child >= 0 {
                let byte = nodes[Int(child)].byte
                var fallback = Int32(failure)
                var target = Self.child(of: fallback, byte, nodes)
                while target < 0, fallback != 0 {
                    fallback = nodes[Int(fallback)].failure
                    target = Self.child(of: fallback, byte, nodes)
                }
                nodes[Int(child)].failure = max(target, 0)
                queue.append(child)
                child = nodes[Int(child)].nextSibling
            }
        }
    }
}
