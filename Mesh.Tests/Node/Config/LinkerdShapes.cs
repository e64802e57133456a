namespace Mesh.Tests.Node.Config;

/// <summary>Configs as users of Linkerd 1 write them, one a feature.</summary>
internal static class LinkerdShapes
{
    /// <summary>A chain of two routers, each with a log, and a dtab that ends in a semicolon.</summary>
    public const string Chain = """
        admin:
          port: 9990
        routers:
        - protocol: http
          httpAccessLog: logs/one.log
          label: one
          dtab: |
            /svc => /$/inet/127.1/4141;
          servers:
          - port: 4140
        - protocol: http
          httpAccessLog: logs/two.log
          label: two
          dtab: |
            /svc => /$/inet/127.1/8080;
          servers:
          - port: 4141
        """;

    /// <summary>Paths of the request, and what admin may show.</summary>
    public const string AdminLists = """
        admin:
          security:
            controlEnabled: false
            pathWhitelist:
            - "/admin/.*"
            pathBlacklist:
            - "/help"
        routers:
        - protocol: http
          dtab: |
            /svc/* => /$/inet/127.1/9990;
          identifier:
            kind: io.l5d.path
            segments: 1
            consume: true
          servers:
          - port: 4140
        """;

    /// <summary>A dtab from a file.</summary>
    public const string DtabFile = """
        namers:
        - kind: io.l5d.fs
          rootDir: disco
        routers:
        - protocol: http
          interpreter:
            kind: io.l5d.fs
            dtabFile: routes.dtab
          servers:
          - port: 4140
        """;

    /// <summary>Headers, limits, the policy of the log.</summary>
    public const string HeadersAndLog = """
        namers:
        - kind: io.l5d.fs
          rootDir: disco
        routers:
        - protocol: http
          httpAccessLog: logs/a.log
          httpAccessLogRollPolicy: daily
          httpAccessLogAppend: true
          httpAccessLogRotateCount: -1
          maxHeadersKB: 16
          maxInitialLineKB: 16
          identifier: {kind: io.l5d.header}
          dtab: |
            /svc => /#/io.l5d.fs;
          servers:
          - port: 4140
            addForwardedHeader:
              by: {kind: "ip:port"}
              for: {kind: "ip"}
        """;

    /// <summary>Balancer, pool, accrual with backoff.</summary>
    public const string Balancing = """
        namers:
        - kind: io.l5d.fs
          rootDir: disco
        routers:
        - protocol: http
          dtab: |
            /svc => /#/io.l5d.fs
          servers:
          - port: 4140
            maxConcurrentRequests: 10
          client:
            loadBalancer:
              kind: p2c
              maxEffort: 10
            hostConnectionPool:
              minSize: 0
              maxSize: 10
              idleTimeMs: 10
              maxWaiters: 5
            failureAccrual:
              kind: io.l5d.consecutiveFailures
              failures: 5
              backoff:
                kind: jittered
                minMs: 5
                maxMs: 300
        """;

    /// <summary>Retries by budget, in all and by prefix.</summary>
    public const string Retries = """
        routers:
        - protocol: http
          label: a
          service:
            responseClassifier:
              kind: io.l5d.http.retryableRead5XX
            retries:
              budget:
                minRetriesPerSec: 3
                percentCanRetry: 0.25
                ttlSecs: 20
              backoff:
                kind: jittered
                minMs: 20
                maxMs: 2000
            totalTimeoutMs: 900
          client:
            requeueBudget:
              percentCanRetry: 2.0
          servers:
          - port: 4140
        - protocol: http
          label: b
          service:
            kind: io.l5d.static
            configs:
            - prefix: /svc
              responseClassifier:
                kind: http.retryableIdempotent5XX
            - prefix: /svc/orders
              retries:
                backoff:
                  kind: constant
          servers:
          - port: 4141
        """;

    /// <summary>An aperture, and endpoints judged by rates.</summary>
    public const string Windows = """
        routers:
        - protocol: http
          client:
            kind: io.l5d.static
            configs:
            - prefix: /
              loadBalancer:
                kind: aperture
                enableProbation: true
                maxEffort: 4
                smoothWindowMs: 15000
                lowLoad: 0.1
                highLoad: 3
                minAperture: 2
              failureAccrual:
                kind: io.l5d.successRateWindowed
                successRate: 0.95
                window: 30
            - prefix: /#/io.l5d.fs/{service}
              loadBalancer:
                kind: heap
              failureAccrual:
                kind: io.l5d.successRate
                successRate: 0.8
                requests: 50
                backoff:
                  kind: constant
                  ms: 2500
          servers:
          - port: 4140
        """;

    /// <summary>Names in the order of another's segments.</summary>
    public const string Rewriting = """
        namers:
        - kind: io.l5d.fs
          rootDir: disco
        - kind: io.l5d.rewrite
          prefix: /turn
          pattern: "/{service}/api"
          name: "/srv/{service}"
        routers:
        - protocol: http
          identifier:
            kind: io.l5d.path
            segments: 2
          dtab: |
            /srv => /#/io.l5d.fs ;
            /svc => /#/turn ;
          servers:
          - port: 4140
        """;

    /// <summary>A pair of routers on each host.</summary>
    public const string MeshPair = """
        namers:
        - kind: io.l5d.fs
          rootDir: disco
        routers:
        - protocol: http
          label: outgoing
          interpreter:
            kind: default
            transformers:
            - kind: io.l5d.port
              port: 4141
          dtab: |
            /svc => /#/io.l5d.fs;
          servers:
          - port: 4140
        - protocol: http
          label: incoming
          interpreter:
            kind: default
            transformers:
            - kind: io.l5d.localhost
          dtab: |
            /svc => /#/io.l5d.fs;
          servers:
          - port: 4141
        """;

    /// <summary>Sockets.</summary>
    public const string Sockets = """
        routers:
        - protocol: http
          servers:
          - port: 4140
            socketOptions:
              noDelay: true
              reuseAddr: true
              reusePort: true
              readTimeoutMs: 61000
              writeTimeoutMs: 61000
              keepAlive: true
              backlog: 128
        """;

    /// <summary>Policies by prefix.</summary>
    public const string Policies = """
        routers:
        - protocol: http
          dtab: |
            /svc/* => /$/inet/localhost/8080
          service:
            kind: io.l5d.static
            configs:
            - prefix: /svc # all
              totalTimeoutMs: 500
            - prefix: /svc/foo
              totalTimeoutMs: 1000
          client:
            kind: io.l5d.static
            configs:
            - prefix: /
              failFast: false
            - prefix: "/$/inet/{host}"
              requestAttemptTimeoutMs: 100
          servers:
          - port: 4140
        """;

    /// <summary>Metrics where they are anyway; no namers; method and host; a proxy.</summary>
    public const string MetricsAndMethods = """
        namers: []
        telemetry:
        - kind: io.l5d.prometheus
        - kind: io.l5d.influxdb
        routers:
        - protocol: http
          identifier:
            kind: io.l5d.methodAndHost
            httpUriInDst: true
          dtab: |
            /ph => /$/io.buoyant.rinet ;
            /svc => /ph/80 ;
            /svc => /$/io.buoyant.porthostPfx/ph ;
          servers:
          - port: 4140
        """;

    /// <summary>JSON.</summary>
    public const string Json = """
        {"routers": [{"protocol": "http", "dtab": "/svc => /$/inet/127.1/8080;", "servers": [{"port": 4140, "ip": "127.0.0.1"}]}]}
        """;
}
