// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Whatever is read as JSON is written canonically, reads back as the same value, and is the only
/// spelling that counts as canonical.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard let value = try? JSONValue(parsing: input) else {
        // Refused as text of the profile, so not canonical either.
        precondition((try? JSONValue(canonical: input)) == nil, "canonical, but no JSON")
        return 0
    }
    let written = value.canonicalBytes
    guard let again = try? JSONValue(canonical: written) else {
        preconditionFailure("what was written is not canonical")
    }
    precondition(again == value, "another value was read back")
    precondition(again.hashValue == value.hashValue, "equal values have different hashes")
    precondition(again.canonicalBytes == written, "written twice, it differs")
    let isCanonical = (try? JSONValue(canonical: input)) != nil
    precondition(isCanonical == (input == written), "two spellings count as canonical")
    return 0
}
