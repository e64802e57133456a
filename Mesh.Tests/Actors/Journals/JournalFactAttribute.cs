using System.Reflection;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Mesh.Tests.Actors.Journals;

/// <summary>
/// A claim of the contract: skipped by name, with the reason, in classes whose store this machine lacks (<see cref="NeedsAttribute"/>).
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Mesh.Tests.Actors.Journals.JournalFactDiscoverer", "Mesh.Tests")]
public sealed class JournalFactAttribute : FactAttribute;

/// <summary>What all tests of a class need of the machine.</summary>
/// <param name="missing">What is missing, or null.</param>
[AttributeUsage(AttributeTargets.Class)]
public abstract class NeedsAttribute(string? missing) : Attribute
{
    public string? Missing => missing;
}

/// <summary>Finds the cases of <see cref="JournalFactAttribute"/>; xunit makes it by name.</summary>
public sealed class JournalFactDiscoverer(IMessageSink messages) : FactDiscoverer(messages)
{
    private readonly IMessageSink _messages = messages;

    /// <inheritdoc/>
    protected override IXunitTestCase CreateTestCase(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute)
    {
        string? missing = testMethod.TestClass.Class.ToRuntimeType()?.GetCustomAttribute<NeedsAttribute>()?.Missing;
        if (missing is null) return base.CreateTestCase(discoveryOptions, testMethod, factAttribute);
        return new XunitSkippedDataRowTestCase(
            _messages, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod, missing, []);
    }
}
