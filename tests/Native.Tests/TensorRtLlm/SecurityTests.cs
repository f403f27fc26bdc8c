using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.Tests.Conformance;
using LlamaFp4.StandIns;

namespace LlamaFp4.Native.Tests.TensorRtLlm;

/// <summary>Servers behind a proxy: TLS and bearer token.</summary>
public sealed class SecurityTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task TrustedCertificate_IsSpokenToOverTls(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        using var certificate = CreateCertificate();
        await using var server = await StandInServer.StartAsync(wire, model.Saying(10), certificate: certificate);
        string? subject = null;

        var session = await model.ConnectAsync(
            options => options.ConfigureTls = tls => tls.RemoteCertificateValidationCallback = (_, shown, _, _) => (subject = shown!.Subject) is not null, server);

        Assert.Equal("CN=stand-in", subject);
        Assert.Equal([10, 10], (await Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(2), Cancellation), Cancellation)).TokenIds);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task UnknownCertificate_IsNotTrusted(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        using var certificate = CreateCertificate();
        await using var server = await StandInServer.StartAsync(wire, model.Saying(10), certificate: certificate);

        var exception = await Assert.ThrowsAsync<SessionUnavailableException>(() => model.ConnectAsync(server));

        Assert.Contains("SSL", exception.Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task BearerToken_GoesWithEveryCall(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync(new StandInBehaviour { BearerToken = "secret" });

        var session = await model.ConnectAsync(options => options.BearerToken = "secret", server);

        await Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(2), Cancellation), Cancellation);
        Assert.All(server.Requests, request => Assert.Equal("Bearer secret", request.Headers["authorization"]));
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task WrongBearerToken_IsUnavailableAtOnce(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync(new StandInBehaviour { BearerToken = "secret" });

        var exception = await Assert.ThrowsAsync<SessionUnavailableException>(
            () => model.ConnectAsync(options => (options.BearerToken, options.StartUpTimeout) = ("guess", TimeSpan.FromHours(1)), server));

        Assert.Contains(nameof(TensorRtLlmOptions.BearerToken), exception.Message, StringComparison.Ordinal);
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=stand-in", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    }
}
