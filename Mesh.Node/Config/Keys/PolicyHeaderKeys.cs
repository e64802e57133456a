using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of <c>headers</c> of a rule of <c>policies</c>, in the shape of the Gateway API's header filter.</summary>
internal static class PolicyHeaderKeys
{
    private const string FieldName = "the name of a header, at most 128 characters";

    public static readonly TextKey Name = new(
        "name", null, "", FieldName, SharedKeys.IsToken, "the name of a header; neither the mesh's own nor one that a hop decides on")
    {
        Required = true,
        Refusal = static name => ReservedFields.WhyNotWritten(name!),
    };

    public static readonly TextKey Value = new(
        "value", null, "", "text on one line, at most 1024 characters", PolicyTexts.IsFieldValue, "its value; `\"\"` for none") { Required = true };

    public static readonly Section<HeaderValueConfig> Line = new(
        "an item of `set` or `add`", "A header.", [Name, Value], static view => new HeaderValueConfig(view.Get(Name)!, view.Get(Value)!));

    public static readonly ListKey<HeaderValueConfig> Set = Lines("set", "In place of all headers of that name.");

    public static readonly ListKey<HeaderValueConfig> Add = Lines("add", "Beside those of that name.");

    public static readonly ListKey<string?> Remove = new(
        "remove",
        new TextKey("remove", null, "", FieldName, SharedKeys.IsToken, "A name.") { Refusal = static name => ReservedFields.WhyNotWritten(name!) },
        [],
        "All headers of these names.")
    { Most = HeaderEditConfig.MaxLines };

    public static readonly SectionKey<HeaderEditConfig> Request = new("request", EditOf("request"), "What the backend gets.");

    public static readonly SectionKey<HeaderEditConfig> Response = new(
        "response", EditOf("response"), "What the client gets of a backend's response; answers of the node itself stay as they are.");

    public static readonly Section<HeaderPolicyConfig> Section = new(
        "`headers`",
        "What is changed in heads on their way. Names are compared without case; values are UTF-8.",
        [Request, Response],
        static view => new HeaderPolicyConfig(
            view.Find(Request) is null ? null : view.Get(Request),
            view.Find(Response) is null ? null : view.Get(Response)))
    {
        Rules = static (view, context) =>
        {
            if (view.Find(Request) is null && view.Find(Response) is null)
                context.Faults.Fault(view.Mapping?.At ?? default, "`headers` changes nothing; give it `request`, `response` or both");
        },
    };

    private static Section<HeaderEditConfig> EditOf(string which) => new(
        $"`{which}`",
        "First `remove` and `set` take fields out, then those of `set` and `add` come to the end.",
        [Set, Add, Remove],
        static view => new HeaderEditConfig(view.Get(Set), view.Get(Add), [.. view.Get(Remove).Select(static name => name!)]));

    private static ListKey<HeaderValueConfig> Lines(string name, string doc) =>
        new(name, new SectionKey<HeaderValueConfig>(name, Line, "A header."), [], doc) { Most = HeaderEditConfig.MaxLines };
}
