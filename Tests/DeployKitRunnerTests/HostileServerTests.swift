// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import Glibc
import Testing

/// A server on the loopback that means no good; with a certificate it speaks TLS.
private func withHostileServer(
    certificate: String? = nil,
    key: String? = nil,
    _ body: (Int) async throws -> Void
) async throws {
    let program = """
        import http.server, os, socket, ssl, struct, time
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def answer(self, status, body, **fields):
                self.send_response(status)
                for name in fields: self.send_header(name, fields[name])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def do_GET(self):
                port = self.server.server_port
                if self.path == "/away": self.answer(302, b"", Location="http://localhost:%d/ok" % port)
                elif self.path == "/loop": self.answer(302, b"", Location="/loop")
                elif self.path == "/twice": self.answer(302, b"", Location="/once")
                elif self.path == "/once": self.answer(302, b"", Location="/ok")
                elif self.path == "/stall":
                    self.send_response(200); self.send_header("Content-Length", "10"); self.end_headers()
                    self.wfile.write(b"four"); self.wfile.flush(); time.sleep(5)
                elif self.path == "/reset":
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    os.close(self.connection.detach())
                elif self.path == "/endless":
                    self.send_response(200); self.send_header("Transfer-Encoding", "chunked"); self.end_headers()
                    piece = b"100000\\r\\n" + b"x" * 0x100000 + b"\\r\\n"
                    try:
                        for _ in range(1024): self.wfile.write(piece)
                        self.wfile.write(b"0\\r\\n\\r\\n")
                        open("sent-all", "w")
                    except OSError: pass
                elif self.path == "/late": time.sleep(0.4); self.answer(200, b"{}")
                elif self.path == "/flaky":
                    with open("asked", "a") as file: file.write("x\\n")
                    count = len(open("asked").readlines())
                    self.answer(200 if count > 2 else 503, b'{"try":%d}' % count)
                else: self.answer(200, b'{"status":"up"}')
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with open("orders", "a") as file:
                    file.write("%s %s %s\\n" % (self.headers["Authorization"], self.headers["Idempotency-Key"], body.decode()))
                self.answer(201, b"{}")
            def log_message(self, *arguments): pass
        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *arguments): pass
        server = Server(("127.0.0.1", 0), Handler)
        if os.environ.get("CERTIFICATE"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(os.environ["CERTIFICATE"], os.environ["KEY"])
            server.socket = context.wrap_socket(server.socket, server_side=True)
        print(server.server_port, flush=True)
        server.serve_forever()
        """
    let folder = TemporaryDirectory()
    var environment = plainEnvironment
    environment["CERTIFICATE"] = certificate
    environment["KEY"] = key
    let invocation = Invocation(
        .script(program, interpreter: ["python3", "-B"]),
        environment: environment,
        directory: folder.path,
        timeout: .seconds(120),
        grace: .zero
    )
    let port = Locked<[UInt8]>([])
    let server = Task {
        try await ProcessRunner().run(invocation) { chunk in port.withLock { $0 += chunk.bytes } }
    }
    defer { server.cancel() }
    for _ in 0..<1000 where port.withLock({ $0.last != 10 }) {
        try await Task.sleep(for: .milliseconds(10))
    }
    let text = port.withLock { String(decoding: $0.dropLast(), as: UTF8.self) }
    try await HostileServer.$folder.withValue(folder.path) {
        try await body(try #require(Int(text)))
    }
    server.cancel()
    _ = try await server.value
}

private enum HostileServer {
    @TaskLocal static var folder = ""

    static func lines(of name: String) -> [Substring] {
        guard let stream = fopen("\(folder)/\(name)", "r") else { return [] }
        defer { fclose(stream) }
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = fread(&buffer, 1, buffer.count, stream)
        return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
    }
}

@Suite(
    .enabled("the probes' server needs /usr/bin/python3") { access("/usr/bin/python3", X_OK) == 0 }
)
struct HostileServerTests {
    private func outcome(
        _ url: String,
        _ change: (inout HTTPProbe) -> Void = { _ in }
    ) async throws -> ProbeOutcome {
        var probe = HTTPProbe(url: url)
        probe.timeout = .seconds(60)
        change(&probe)
        return try await probe.run(with: ProcessRunner(), environment: plainEnvironment).outcome
    }

    @Test func noAnswerAndAWrongAnswerAreTwoOutcomes() async throws {
        try await withHostileServer { port in
            let place = "http://127.0.0.1:\(port)"
            let stalled = try await outcome("\(place)/stall") { $0.timeout = .milliseconds(400) }
            #expect(stalled == .transportError(.timedOut))
            #expect(try await outcome("\(place)/reset") == .transportError(.broken))
            #expect(try await outcome("\(place)/endless") == .transportError(.tooLarge))
            #expect(HostileServer.lines(of: "sent-all").isEmpty)
            guard
                case .failed(let late) = try await outcome(
                    "\(place)/late",
                    { $0.within = .milliseconds(200) }
                )
            else {
                Issue.record("an answer that is late is wrong")
                return
            }
            #expect(late.first?.contains("may take 200 ms") == true)
        }
    }

    @Test func redirectsAreOffAndNeverLeaveThePlace() async throws {
        try await withHostileServer { port in
            let place = "http://127.0.0.1:\(port)"
            #expect(try await outcome("\(place)/once") == .failed(["the status is 302, not 200"]))
            #expect(try await outcome("\(place)/twice") { $0.redirects = 2 }.isPassed)
            #expect(
                try await outcome("\(place)/twice") { $0.redirects = 1 }
                    == .transportError(.tooManyRedirects)
            )
            #expect(
                try await outcome("\(place)/loop") { $0.redirects = 5 }
                    == .transportError(.tooManyRedirects)
            )
            guard
                case .failed(let reasons) = try await outcome(
                    "\(place)/away",
                    { $0.redirects = 5 }
                )
            else {
                Issue.record("another host is another place")
                return
            }
            #expect(reasons.first?.contains("'localhost'") == true)
        }
    }

    @Test func aCertificateIsTrustedOnlyWhereItIsNamedAndFits() async throws {
        let folder = TemporaryDirectory()
        let (certificate, key) = ("\(folder.path)/cert.pem", "\(folder.path)/key.pem")
        let made = try await ProcessRunner().run(
            script(
                "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
                    + "-subj /CN=loopback -addext subjectAltName=IP:127.0.0.1 "
                    + "-keyout '\(key)' -out '\(certificate)'"
            )
        )
        guard made.ending == .exited(0) else {
            print("no openssl: a certificate of one's own is not tried")
            return
        }
        try await withHostileServer(certificate: certificate, key: key) { port in
            let place = "https://127.0.0.1:\(port)/"
            #expect(try await outcome(place) == .transportError(.insecure))
            let trusted = try await outcome(place) { $0.certificateAuthorities = certificate }
            #expect(trusted.isPassed)
            let wrongName = try await outcome("https://localhost:\(port)/") {
                $0.certificateAuthorities = certificate
            }
            #expect(wrongName == .transportError(.insecure))
        }
    }

    @Test func allTriesShareOneTime() async throws {
        try await withHostileServer { port in
            var probe = HTTPProbe(url: "http://127.0.0.1:\(port)/stall")
            probe.timeout = .milliseconds(400)
            probe.retry = ProbeRetry(tries: 50, delay: .milliseconds(50))
            probe.retry.total = .seconds(1)
            let report = try await probe.run(with: ProcessRunner(), environment: plainEnvironment)
            #expect(report.outcome == .transportError(.timedOut))
            #expect(report.earlier.count <= 3)
        }
    }

    // What a page declares, through the runner and into the log.
    @Test func aDeclaredProbeIsAskedAsDeclared() async throws {
        try await withHostileServer { port in
            var healthy = HTTPRequest("GET", "$BASE/health")
            healthy.claims = [HTTPRequest.Claim("/status", is: "up".json)]
            var order = HTTPRequest("POST", "${BASE}/orders", statuses: [201])
            order.headers = [HTTPRequest.Header("Authorization", "Bearer $API_TOKEN")]
            order.body = #"{"price":"$$5","for":"$BUYER"}"#
            var wrong = HTTPRequest("GET", "$BASE/health")
            wrong.claims = [HTTPRequest.Claim("/status", is: "down".json)]
            let bench = try await RunBench(
                try Checklist(
                    "Ferry",
                    variables: [Variable(name: "BASE"), Variable(name: "BUYER")]
                ) {
                    Phase("One") {
                        Item("Health", .probe(.http(healthy)), effect: Effect.none)
                        Item(
                            "Order",
                            .probe(.http(order)),
                            effect: .idempotent,
                            suite: "smoke",
                            secrets: ["API_TOKEN"]
                        )
                        Item(
                            "Flaky",
                            .probe(.get("$BASE/flaky")),
                            effect: Effect.none,
                            retry: RetryPolicy(attempts: 4, delay: .milliseconds(20))
                        )
                        Item("Wrong", .probe(.http(wrong)), effect: Effect.none)
                    }
                },
                environment: ["API_TOKEN": "canary-5f0e1d2c3b"],
                variables: [("BASE", "http://127.0.0.1:\(port)"), ("BUYER", "probe")]
            )
            let result = try await bench.run()
            #expect(result.next == .failed(["one/wrong"]))
            #expect(result.state.items["one/health"]?.state == .passed(1))
            #expect(result.state.items["one/flaky"]?.state == .passed(3))
            #expect(result.state.items["one/wrong"]?.cause == .unhealthy)
            let sent = HostileServer.lines(of: "orders").first.map(String.init) ?? ""
            #expect(sent.hasPrefix("Bearer canary-5f0e1d2c3b "))
            #expect(sent.hasSuffix(#"{"price":"$5","for":"probe"}"#))
            let key = sent.split(separator: " ").dropFirst(2).first
            #expect(key?.count == 32, "the attempt's idempotency key goes along")
            for record in await bench.store.records(in: 0..<1000) {
                #expect(!String(decoding: record.body, as: UTF8.self).contains("canary"))
            }
        }
    }
}
