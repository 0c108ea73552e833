// swift-tools-version: 6.2
// DeployKit
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "embedding",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "deploykit", path: "../..")],
    targets: [
        .executableTarget(
            name: "release-service",
            dependencies: [
                .product(name: "DeployKit", package: "deploykit"),
                .product(name: "DeployKitSQLite", package: "deploykit"),
            ]
        )
    ],
    swiftLanguageModes: [.v6]
)
