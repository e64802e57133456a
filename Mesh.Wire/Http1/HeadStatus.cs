namespace Mesh.Wire.Http1;

/// <summary>What a head parser says of the bytes that it was shown.</summary>
public enum HeadStatus : byte
{
    /// <summary>The head has not ended yet and nothing in it is wrong so far.</summary>
    NeedMore = 0,

    /// <summary>The head is whole and valid; the body starts at <see cref="Exchange.MessageHead.End"/>.</summary>
    Complete,

    /// <summary>The head can never become valid; nothing of it may be forwarded and the connection cannot go on.</summary>
    Rejected,
}
