//! The words that demo data is made of.

pub(super) const PLACES: [&str; 24] = [
    "Harbour",
    "Old Town",
    "Riverside",
    "Lakeview",
    "Northgate",
    "Hillcrest",
    "Station Square",
    "Green Valley",
    "Cathedral",
    "Sunset Bay",
    "Pine Grove",
    "Market Street",
    "Seaside",
    "Castle Hill",
    "Silver Springs",
    "West End",
    "Orchard",
    "Lighthouse",
    "Meadow Park",
    "Bridge Street",
    "Highland",
    "Palm Beach",
    "University",
    "Airport",
];

pub(super) const KINDS: [&str; 12] = [
    "Hotel",
    "Café",
    "Campus",
    "Hostel",
    "Library",
    "Marina",
    "Coworking",
    "Clinic",
    "Mall",
    "Camping",
    "Residence",
    "Stadium",
];

pub(super) const FIRST_NAMES: [&str; 32] = [
    "Amina", "Björn", "Carla", "Daniel", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jonas",
    "Keiko", "Luca", "Maja", "Noah", "Olga", "Pablo", "Qiang", "Rosa", "Samir", "Tereza", "Umar",
    "Vera", "Wanda", "Ximena", "Yusuf", "Zoe", "Anna", "Mehmet", "Priya", "Sofia", "Liam", "Chloé",
];

pub(super) const LAST_NAMES: [&str; 32] = [
    "Almeida", "Bauer", "Costa", "Dupont", "Eriksson", "Fischer", "García", "Horvat", "Ivanova",
    "Jansen", "Kowalska", "Laine", "Moreau", "Nowak", "Okafor", "Petrov", "Quinn", "Rossi",
    "Schmidt", "Tanaka", "Usman", "Vargas", "Weber", "Xu", "Yılmaz", "Zhang", "O'Neill", "Brown",
    "Khan", "Silva", "Demir", "Novák",
];

pub(super) const LOCATIONS: [&str; 10] = [
    "Lisbon",
    "İzmir",
    "Graz",
    "Gdańsk",
    "Valparaíso",
    "Nairobi",
    "Osaka",
    "Tallinn",
    "Leeds",
    "Porto Alegre",
];

pub(super) const TASKS: [&str; 20] = [
    "Renew the daily pass before the weekend",
    "Ask the front desk for the guest voucher",
    "Change the Wi-Fi password of the meeting room",
    "Check yesterday's data usage",
    "Send last month's invoice to accounting",
    "Report the weak signal on the second floor",
    "Add the new tablet to the account",
    "Compare the monthly with the yearly plan",
    "Update the billing address",
    "Invite a colleague to the team plan",
    "Test the speed in room 214",
    "Cancel the trial before it ends",
    "Upload the signed contract",
    "Ask support about the refund",
    "Set the company name in the profile",
    "Pay the open order",
    "Print the QR code for the lobby",
    "Move the access point away from the lift",
    "Write down the serial number of the router",
    "Thank the technician",
];
