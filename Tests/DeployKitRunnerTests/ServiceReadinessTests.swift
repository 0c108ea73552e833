// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import Glibc
import Testing

/// Whose answer says that a service is ready.
@Suite struct ServiceReadinessTests {
    /// A port that accepts connections as long as `body` runs.
    private func withListener(_ body: (UInt16) async throws -> Void) async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(listener >= 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard bind(listener, generic, size) == 0, listen(listener, 8) == 0 else {
                    return errno
                }
                return getsockname(listener, generic, &size)
            }
        }
        try #require(code == 0)
        try await body(UInt16(bigEndian: address.sin_port))
    }

    @Test func anAnswerFromBeforeTheStartIsSaid() async throws {
        try await withListener { port in
            let bench = try await RunBench(
                Checklist("Run") {
                    DeployKit.Phase("One") {
                        Item(
                            "Do",
                            .service(
                                .shell("exec sleep 1"),
                                ready: .tcp(host: "127.0.0.1", port: Int(port))
                            ),
                            effect: .idempotent,
                            timeout: .seconds(20)
                        )
                    }
                }
            )
            let result = try await bench.run()
            #expect(result.state.items["one/do"]?.state == .passed(1))
            let remarks = bench.progress.withLock { $0.filter { $0.hasPrefix("remark one/do") } }
            #expect(remarks.count == 1)
            let output = try await bench.output(of: "one/do")
            #expect(output?.hasPrefix("the same answer came before it was started") == true)
        }
    }

    @Test(
        .enabled("the probes' server needs /usr/bin/python3") {
            access("/usr/bin/python3", X_OK) == 0
        },
        arguments: [
            ("$STATE", FailureCause?.none), ("${STATE}", nil), ("$DEPLOYKIT_VERSION", .unhealthy),
            ("$NOBODY", .unhealthy), ("$$STATE", .unhealthy),
        ]
    )
    func whatIsExpectedMayNameAVariable(text: String, cause: FailureCause?) async throws {
        try await withServer { port in
            var request = HTTPRequest("GET", "http://127.0.0.1:\(port)/ok")
            request.claims = [HTTPRequest.Claim("/status", is: .string(text))]
            let bench = try await RunBench(
                Checklist("Run", variables: [Variable(name: "STATE")]) {
                    DeployKit.Phase("One") { Item("Do", .probe(.http(request))) }
                },
                variables: [("STATE", "up")]
            )
            #expect(try await bench.run().state.items["one/do"]?.cause == cause)
        }
    }
}
