using System.Diagnostics.CodeAnalysis;
using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http1;

/// <summary>Reads a request head that no connection carries, as a server would: for whoever asks what would become of it.</summary>
public static class RequestHeads
{
    /// <summary>False when it is not whole, or a server would refuse it.</summary>
    /// <param name="bytes">From the method to the empty line; the head keeps them.</param>
    /// <param name="limits">Of the server.</param>
    /// <param name="head">What they say.</param>
    /// <param name="reason">Why a server would refuse them; none where they are not whole.</param>
    public static bool TryParse(byte[] bytes, Http1Limits limits, [NotNullWhen(true)] out RequestHead? head, out RejectReason reason)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        RequestHead made = new();
        int scanned = 0;
        bool isWhole = RequestHeadParser.Parse(bytes, 0, bytes.Length, ref scanned, made, limits, out reason) == HeadStatus.Complete;
        head = isWhole ? made : null;
        return isWhole;
    }
}
