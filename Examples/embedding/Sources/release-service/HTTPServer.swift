// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Dispatch

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A small HTTP/1.1 server on 127.0.0.1: one request a connection, read by a thread that may wait,
/// answered by a task that never does.
///
/// It stands behind a proxy that speaks TLS, as services do; it is short so that it can be read.
struct HTTPServer: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ what: String) {
            description = "\(what): \(String(cString: strerror(errno)))"
        }
    }

    /// How many connections are read at once, and how long one may keep silent.
    static let (readers, silence) = (16, 5)

    private let socket: Int32
    private let queue = DispatchQueue(label: "readers", attributes: .concurrent)
    private let free = DispatchSemaphore(value: readers)

    /// Listens on a port.
    ///
    /// - Throws: `Failure` when the port cannot be had.
    init(port: UInt16) throws(Failure) {
        #if canImport(Darwin)
            socket = Darwin.socket(AF_INET, SOCK_STREAM, 0)
        #else
            socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        guard socket >= 0 else { throw Failure("no socket") }
        var yes: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(socket, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard isBound == 0, listen(socket, 64) == 0 else { throw Failure("port \(port)") }
        // A client that went away is an error of `send`, not a signal.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Answers requests until the process ends.
    func run(_ answer: @escaping @Sendable (HTTPRequest) async -> HTTPResponse) -> Never {
        while true {
            let connection = accept(socket, nil, nil)
            guard connection >= 0 else { continue }
            var limit = timeval(tv_sec: Self.silence, tv_usec: 0)
            let size = socklen_t(MemoryLayout<timeval>.size)
            setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
            setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
            free.wait()
            let (queue, free) = (queue, free)
            queue.async { @Sendable in
                let request = Self.read(connection)
                free.signal()
                Task.detached {
                    let response =
                        switch request {
                        case let request?: await answer(request)
                        case nil: HTTPResponse.problem(400, "this is no request that is answered")
                        }
                    // Sending may wait for the client, and a thread of tasks must not.
                    queue.async { @Sendable in
                        Self.send(response.bytes, to: connection)
                        close(connection)
                    }
                }
            }
        }
    }

    private static func read(_ connection: Int32) -> HTTPRequest? {
        var bytes: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        while bytes.count <= HTTPRequest.largestHead {
            guard let more = receive(from: connection) else { return nil }
            let searched = max(0, bytes.count - 3)
            bytes += more
            guard
                let start = (searched..<max(searched, bytes.count - 3)).first(where: {
                    bytes[$0..<$0 + 4].elementsEqual(end)
                })
            else { continue }
            guard var request = HTTPRequest(head: Array(bytes[..<start])) else { return nil }
            request.body = Array(bytes[(start + 4)...].prefix(request.bodyLength))
            while request.body.count < request.bodyLength {
                guard let more = receive(from: connection) else { return nil }
                request.body += more.prefix(request.bodyLength - request.body.count)
            }
            return request
        }
        return nil
    }

    private static func receive(from connection: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(connection, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    private static func send(_ bytes: [UInt8], to connection: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { buffer in
                #if canImport(Darwin)
                    Darwin.send(connection, buffer.baseAddress, buffer.count, 0)
                #else
                    Glibc.send(connection, buffer.baseAddress, buffer.count, 0)
                #endif
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
