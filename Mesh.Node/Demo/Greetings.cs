using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Demo;

/// <summary>What hello and world say.</summary>
internal static class Greetings
{
    /// <param name="self">Who greets.</param>
    /// <param name="world">What world answered; where it failed, so does hello, and says why.</param>
    public static DemoAnswer Hello(DemoInstance self, DemoAnswer world)
    {
        if (world.Status == StatusCodes.Status200OK) return new DemoAnswer(world.Status, $"hello, {world.Text} (from {self.Name})\n");
        int status = Math.Max(world.Status, StatusCodes.Status500InternalServerError);
        return new DemoAnswer(status, $"{self.Name}: no world: {world.Status} {world.Text}\n");
    }

    public static DemoAnswer World(DemoInstance self) => new(StatusCodes.Status200OK, $"world (from {self.Name})\n");
}
