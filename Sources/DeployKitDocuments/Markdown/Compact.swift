// DeployKit
// SPDX-License-Identifier: Apache-2.0

// Places of a source take four bytes each instead of eight: a document has tens of thousands of
// blocks, and how much memory is walked over decides how fast it is read. No source has 2 GiB.

/// An offset or a number, not negative, in four bytes.
@propertyWrapper package struct CompactInt: Hashable, Sendable {
    private var value: Int32

    /// Stores a number.
    package init(wrappedValue: Int) { value = Int32(wrappedValue) }

    /// The number.
    package var wrappedValue: Int {
        get { Int(value) }
        set { value = Int32(newValue) }
    }
}

/// An index that may be absent, in four bytes.
@propertyWrapper package struct CompactLink: Hashable, Sendable {
    private var value: Int32

    /// Stores an index.
    package init(wrappedValue: Int?) { value = wrappedValue.map { Int32($0) } ?? -1 }

    /// The index.
    package var wrappedValue: Int? {
        get { value < 0 ? nil : Int(value) }
        set { value = newValue.map { Int32($0) } ?? -1 }
    }
}

/// A range of offsets or indexes in eight bytes.
@propertyWrapper package struct CompactRange: Hashable, Sendable {
    private var lower: Int32
    private var upper: Int32

    /// Stores a range.
    package init(wrappedValue: Range<Int>) {
        lower = Int32(wrappedValue.lowerBound)
        upper = Int32(wrappedValue.upperBound)
    }

    /// The range.
    package var wrappedValue: Range<Int> {
        get { Int(lower)..<Int(upper) }
        set { self = Self(wrappedValue: newValue) }
    }
}
