// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// An HTTP request that a probe sends, and the answer that counts as healthy.
///
/// In the URL, the header fields and the body, `$NAME` and `${NAME}` stand for a variable, an output
/// of an earlier item, a contract or, outside of the URL, a secret of the item; `$$` for a dollar
/// sign. Nothing else is replaced, and a name that nothing gives a value is refused.
public struct HTTPRequest: Hashable, Sendable {
    /// A header field.
    public struct Header: Hashable, Sendable {
        /// The name.
        public let name: String
        /// The value.
        public let value: String

        /// A header field.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What stands at one place of an answer that is JSON.
    public struct Claim: Hashable, Sendable {
        /// The place: a pointer (RFC 6901).
        public let pointer: String
        /// What is to stand there.
        public let value: JSONValue

        /// A claim; a number with a fraction is equal to none.
        public init(_ pointer: String, is value: JSONValue) {
            self.pointer = pointer
            self.value = value
        }
    }

    /// The method, such as `GET`.
    public var method: String
    /// Where to send it: an `http` or `https` URL.
    public var url: String
    /// The header fields, in order.
    public var headers: [Header] = []
    /// The body, where there is one.
    public var body: String?
    /// The status codes that are good.
    public var statuses: [Int]
    /// A text that must stand in the body of the answer.
    public var content: String?
    /// What must stand in an answer that is JSON.
    public var claims: [Claim] = []
    /// How long the answer may take to be healthy; `nil` for as long as the item may.
    public var within: Duration?
    /// How many redirects are followed, all of them on the same host; 0 unless declared.
    public var redirects = 0
    /// The file of certificates to trust instead of the system's, relative to the project.
    public var authorities: String?

    /// The most redirects that can be declared.
    public static let mostRedirects = 10

    /// A request that must be answered with one of these statuses.
    public init(
        _ method: String = "GET",
        _ url: String,
        statuses: [Int] = [200],
        content: String? = nil
    ) {
        self.method = method
        self.url = url
        self.statuses = statuses
        self.content = content
    }

    /// Whether the method promises to change nothing (RFC 9110, 9.2.1).
    public var isSafe: Bool { ["GET", "HEAD", "OPTIONS", "TRACE"].contains(method) }
}

extension HTTPRequest: JSONConvertible {
    /// An object with `method`, `url`, `statuses`, and what else is declared.
    public var json: JSONValue {
        .members([
            "method": method.json, "url": url.json, "statuses": statuses.json,
            "content": content?.json,
            "headers": headers.jsonUnlessEmpty,
            "body": body?.json,
            "claims": claims.jsonUnlessEmpty,
            "within": within?.json,
            "redirects": redirects == 0 ? nil : redirects.json,
            "authorities": authorities?.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        method = try members.required("method")
        url = try members.required("url")
        statuses = try members.required("statuses")
        content = try members.optional("content")
        headers = try members.list("headers")
        body = try members.optional("body")
        claims = try members.list("claims")
        within = try members.optional("within")
        redirects = try members.optional("redirects") ?? 0
        authorities = try members.optional("authorities")
        try members.finish()
        guard (0...Self.mostRedirects).contains(redirects) else {
            throw JSONError(
                .value,
                "0 to \(Self.mostRedirects) redirects are followed",
                path: ["redirects"]
            )
        }
    }
}

extension HTTPRequest.Header: JSONConvertible {
    /// An object with `name` and `value`.
    public var json: JSONValue { .members(["name": name.json, "value": value.json]) }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        name = try members.required("name")
        value = try members.required("value")
        try members.finish()
    }
}

extension HTTPRequest.Claim: JSONConvertible {
    /// An object with `pointer` and `is`.
    public var json: JSONValue { .members(["pointer": pointer.json, "is": value]) }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else, or the pointer is none.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        pointer = try members.required("pointer")
        value = try members.required("is")
        try members.finish()
        guard ToolJSON.isPointer(pointer) else {
            throw JSONError(.value, "'\(pointer)' is no JSON pointer", path: ["pointer"])
        }
    }
}
