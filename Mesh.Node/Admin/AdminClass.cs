namespace Mesh.Node.Admin;

/// <summary>What an endpoint is for; <c>admin.security</c> switches each class on or off (Linkerd 1's three).</summary>
internal enum AdminClass
{
    /// <summary>Whatever tells how the node is.</summary>
    Diagnostics,

    /// <summary>The pages for people, and what these pages read.</summary>
    Ui,

    /// <summary>Whatever changes the node.</summary>
    Control,
}
