using Xunit;

namespace Mesh.Tests.Tidy;

public sealed class CSharpMembersTests
{
    [Fact]
    public void Of_MeasuresMethodsPropertiesAndNestedTypes()
    {
        string text = Sample();

        IEnumerable<string> members = CSharpMembers.Of(text).Select(member => $"{member.Name}:{member.FirstLine}+{member.Lines}");

        Assert.Equal(["Read:9+8", "Size:18+5", "Twice:24+2", "Build:27+4", "Inner:34+3"], members);
    }

    [Theory]
    [InlineData("a \"}{\" b", "a      b")]
    [InlineData("a @\"\\\" b", "a      b")]
    [InlineData("a $\"x{f(\"}\")}{{\" b", "a                  b")]
    [InlineData("a '\\'' { b", "a      { b")]
    [InlineData("a // {\nb", "a     \nb")]
    [InlineData("a /* { */ b", "a         b")]
    [InlineData("a \"\"\"{\"x\" \"\"\" b", "a            b")]
    public void Mask_BlanksWhatIsNotCode(string text, string expected)
    {
        string masked = CSharpMask.Apply(text);

        Assert.Equal(text.Length, masked.Length);
        Assert.Equal(expected.Replace(" ", "", StringComparison.Ordinal), masked.Replace(" ", "", StringComparison.Ordinal));
    }

    private static string Sample() => """
        namespace A;

        internal sealed class B(int size) : C
        {
            private static readonly int[] Table = new[] { 1, 2,
                3 };
            [Row(new[] { 1 },
                "]")]
            public int Read(string text, int at = 0)
            {
                void Local()
                {
                    Log("{");
                }
                return 1;
            }

            public int Size
            {
                get { return size; }
                set { }
            }

            public int Twice(int x)
                => x * 2;

            public C Build() => new()
            {
                X = 1,
            };

            private sealed class D
            {
                public void Inner<T>()
                    where T : new()
                { }
            }
        }
        """;
}
