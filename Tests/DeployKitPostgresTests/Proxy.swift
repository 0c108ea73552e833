// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import DeployKit
    import DeployKitTesting
    import Foundation
    import Testing

    /// Stands between a client and a server, and does to what passes what networks and liars do.
    final class Proxy: @unchecked Sendable {
        // Every field that changes is guarded by `lock`.

        enum Mischief {
            case none
            /// Passes so many bytes to the server, and cuts both connections.
            case cutAfterSent(Int)
            /// Passes so many bytes to the client, and cuts both connections.
            case cutAfterReceived(Int)
            /// Passes so many bytes to the server, and then nothing to anybody; nobody is told.
            case silentAfterSent(Int)
            /// Changes the byte at this place of what the server sends.
            case flip(at: Int, UInt8)
            /// Answers in the server's place from the first byte on, without an end.
            case flood([UInt8])
        }

        let folder: String
        private let target: String
        private let listener: Int32
        private let lock = NSLock()
        private var mischief = Mischief.none
        private var sent = 0
        private var received = 0
        private var open: [Int32] = []
        private var ended: Set<Int32> = []

        init(to server: Server) throws {
            folder = server.folder + "/../proxy-\(UUID().uuidString.prefix(8))"
            target = server.folder + "/socket/.s.PGSQL.5432"
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true
            )
            listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = try Self.address(folder + "/.s.PGSQL.5432")
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let isBound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, size) == 0 && listen(listener, 32) == 0
                }
            }
            try #require(isBound)
            Thread.detachNewThread { [self, listener] in
                while true {
                    let client = accept(listener, nil, nil)
                    guard client >= 0 else { return }
                    serve(client)
                }
            }
        }

        func stop() {
            shutdown(listener, Int32(SHUT_RDWR))
            close(listener)
            lock.withLock { for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) } }
            try? FileManager.default.removeItem(atPath: folder)
        }

        /// Begins a mischief that is done once; bytes are counted from here.
        func begin(_ mischief: Mischief) {
            lock.withLock {
                self.mischief = mischief
                (sent, received) = (0, 0)
            }
        }

        /// What passed since the last mischief began.
        var passed: (sent: Int, received: Int) { lock.withLock { (sent, received) } }

        private func serve(_ client: Int32) {
            let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            guard var address = try? Self.address(target) else { return }
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let isConnected = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, size) == 0
                }
            }
            guard isConnected else {
                close(client)
                close(server)
                return
            }
            lock.withLock { open += [client, server] }
            Thread.detachNewThread { [self] in
                pass(from: client, to: server, isSent: true)
                end(client, server)
            }
            Thread.detachNewThread { [self] in
                pass(from: server, to: client, isSent: false)
                end(client, server)
            }
        }

        /// Closes both when nobody passes anything between them any more.
        private func end(_ client: Int32, _ server: Int32) {
            lock.withLock {
                if ended.remove(client) == nil {
                    ended.insert(client)
                } else {
                    close(client)
                    close(server)
                    open.removeAll { $0 == client || $0 == server }
                }
            }
        }

        private func pass(from source: Int32, to sink: Int32, isSent: Bool) {
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = read(source, &buffer, buffer.count)
                guard count > 0 else { break }
                var bytes = Array(buffer[..<count])
                switch judge(&bytes, isSent: isSent) {
                case .pass: break
                case .cut:
                    _ = Self.write(bytes, to: sink)
                    bytes = []
                case .silence:
                    _ = Self.write(bytes, to: sink)
                    // Both ends stay open, and nobody reads.
                    while read(source, &buffer, 0) >= 0, isSilent { usleep(20_000) }
                    bytes = []
                case .flood(let flood):
                    while Self.write(flood, to: source) {}
                    bytes = []
                }
                guard !bytes.isEmpty, Self.write(bytes, to: sink) else { break }
            }
            shutdown(sink, Int32(SHUT_RDWR))
            shutdown(source, Int32(SHUT_RDWR))
        }

        private enum Verdict { case pass, cut, silence, flood([UInt8]) }

        private var isSilent: Bool {
            lock.withLock { if case .silentAfterSent = mischief { true } else { false } }
        }

        /// Says what becomes of bytes, and cuts them where they end early.
        private func judge(_ bytes: inout [UInt8], isSent: Bool) -> Verdict {
            lock.withLock {
                let before = isSent ? sent : received
                if isSent { sent += bytes.count } else { received += bytes.count }
                switch mischief {
                case .cutAfterSent(let limit) where isSent && before + bytes.count > limit,
                    .cutAfterReceived(let limit) where !isSent && before + bytes.count > limit:
                    bytes = Array(bytes.prefix(max(0, limit - before)))
                    mischief = .none
                    return .cut
                case .silentAfterSent(let limit) where isSent && before + bytes.count > limit:
                    bytes = Array(bytes.prefix(max(0, limit - before)))
                    return .silence
                case .flip(let place, let mask) where !isSent:
                    if (before..<before + bytes.count).contains(place) {
                        bytes[place - before] ^= mask
                    }
                    return .pass
                case .flood(let flood) where isSent: return .flood(flood)
                default: return .pass
                }
            }
        }

        private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }

        private static func address(_ path: String) throws -> sockaddr_un {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = Array(path.utf8)
            try #require(bytes.count < MemoryLayout.size(ofValue: address.sun_path))
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            return address
        }
    }
#endif
