public struct LogHead: Hashable, Sendable, JSONConvertible { public var json: JSONValue { .null }
 public init(json: JSONValue) throws(JSONError) { throw JSONError(.value, "") } }
public struct NewEntry { init(stream: StreamID, kind: String, body: JSONValue) {} }
public struct AuditEntry: Sendable { var at: Timestamp; var kind: String; var body: JSONValue; var position: Int }
public struct AuditLog: Sendable { public let store: any AuditStore
 init(store: any AuditStore, origin: String) { self.store = store }
 func append(_ e: [NewEntry], expecting: [StreamID: Int], idempotencyKey: String?, at: Timestamp, entropy: Entropy, blobs: [Blob]) async throws(AuditStoreError) -> Int { 0 }
 func entries(of: StreamID, from: Int, limit: Int) async throws(AuditStoreError) -> [AuditEntry] { [] }
 func entries(in: Range<Int>) async throws(AuditStoreError) -> [AuditEntry] { [] }
 func positions(forKey: String) async throws(AuditStoreError) -> Range<Int>? { nil }
 func head() async throws(AuditStoreError) -> LogHead { throw AuditStoreError(.busy, "") }
}
