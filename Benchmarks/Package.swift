// swift-tools-version: 6.2
// DeployKit
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "deploykit", path: "..")],
    targets: [
        .systemLibrary(
            name: "CSystemSQLite",
            pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]
        ),
        // What DeployKit is measured against: the same rows by the same statements, in C.
        .target(name: "CBaseline", dependencies: ["CSystemSQLite"]),
        .executableTarget(
            name: "deploykit-bench",
            dependencies: [
                "CBaseline",
                .product(name: "DeployKit", package: "deploykit"),
                .product(name: "DeployKitSQLite", package: "deploykit"),
                .product(name: "DeployKitRunner", package: "deploykit"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
